import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import { AwsError, type AwsOperation } from '../aws/service.ts';
import { type Cluster, findCluster } from './find-cluster.ts';
import { toTaskAnswer } from './task-record.ts';
import type { Tasks } from './tasks.ts';

const input = z.object({ cluster: z.string().optional(), task: z.string(), reason: z.string().optional() });

/** StopTask: SIGTERM, and SIGKILL when the container's stop timeout is over. */
export function createStopTask(options: {
  readonly clusters: readonly Cluster[];
  readonly tasks: Tasks;
}): AwsOperation {
  return async (raw) => {
    const given = parseInput(input, raw, 'InvalidParameterException');
    const cluster = findCluster(options.clusters, given.cluster);
    const task = options.tasks.register.find(given.task);
    if (task === undefined || task.clusterArn !== cluster.arn) {
      throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
    }
    options.tasks.stop(task, given.reason ?? 'Task stopped by user');
    return { task: { ...toTaskAnswer(task), desiredStatus: 'STOPPED' } };
  };
}
