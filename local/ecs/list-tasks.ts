import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import type { AwsOperation } from '../aws/service.ts';
import { type Cluster, findCluster } from './find-cluster.ts';
import type { TaskRegister } from './task-register.ts';

const input = z.object({
  cluster: z.string().optional(),
  family: z.string().optional(),
  startedBy: z.string().optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  maxResults: z.number().int().min(1).max(100).default(100),
  nextToken: z.string().regex(/^\d+$/).optional(),
});

/** ListTasks: running tasks unless asked for stopped ones. */
export function createListTasks(options: {
  readonly clusters: readonly Cluster[];
  readonly register: TaskRegister;
}): AwsOperation {
  return async (raw) => {
    const given = parseInput(input, raw, 'InvalidParameterException');
    const cluster = findCluster(options.clusters, given.cluster);
    const wantsStopped = given.desiredStatus === 'STOPPED';
    const matching = options.register
      .all()
      .filter(
        (task) =>
          task.clusterArn === cluster.arn &&
          (task.lastStatus === 'STOPPED') === wantsStopped &&
          (given.family === undefined || task.taskDefinitionArn.includes(`/${given.family}:`)) &&
          (given.startedBy === undefined || task.startedBy === given.startedBy),
      );
    const from = Number(given.nextToken ?? 0);
    const end = from + given.maxResults;
    return {
      taskArns: matching.slice(from, end).map((task) => task.taskArn),
      ...(end < matching.length ? { nextToken: String(end) } : {}),
    };
  };
}
