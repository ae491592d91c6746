import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import type { AwsOperation } from '../aws/service.ts';
import { type Cluster, findCluster } from './find-cluster.ts';
import { toTaskAnswer } from './task-record.ts';
import type { TaskRegister } from './task-register.ts';

const input = z.object({ cluster: z.string().optional(), tasks: z.array(z.string()).min(1).max(100) });

/** DescribeTasks: what runs or stopped within the last hour; others are `failures` with reason MISSING. */
export function createDescribeTasks(options: {
  readonly clusters: readonly Cluster[];
  readonly register: TaskRegister;
}): AwsOperation {
  return async (raw) => {
    const given = parseInput(input, raw, 'InvalidParameterException');
    const cluster = findCluster(options.clusters, given.cluster);
    const found = given.tasks.map((name) => ({ name, task: options.register.find(name) }));
    const isHere = ({ task }: (typeof found)[number]): boolean => task?.clusterArn === cluster.arn;
    return {
      tasks: found.filter(isHere).flatMap(({ task }) => (task === undefined ? [] : [toTaskAnswer(task)])),
      failures: found.filter((each) => !isHere(each)).map(({ name }) => ({ arn: name, reason: 'MISSING' })),
    };
  };
}
