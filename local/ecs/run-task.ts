import { z } from 'zod';
import { parseInput } from '../aws/parse-input.ts';
import { AwsError, type AwsOperation } from '../aws/service.ts';
import type { TaskDefinitionModel } from '../template/read-task-definition.ts';
import { type Cluster, findCluster } from './find-cluster.ts';
import { toTaskAnswer } from './task-record.ts';
import type { Tasks } from './tasks.ts';

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
const overrideCharactersMax = 8192;

const containerOverride = z.object({
  name: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});

const input = z.object({
  cluster: z.string().optional(),
  taskDefinition: z.string(),
  count: z.number().int().min(1).max(10).default(1),
  clientToken: z.string().max(64).optional(),
  startedBy: z.string().max(128).optional(),
  group: z.string().optional(),
  overrides: z.object({ containerOverrides: z.array(containerOverride).default([]) }).optional(),
});

/** RunTask: the tasks that started, and in `failures` why others did not. The same clientToken starts nothing twice. */
export function createRunTask(options: {
  readonly clusters: readonly Cluster[];
  readonly definitions: readonly TaskDefinitionModel[];
  readonly tasks: Tasks;
}): AwsOperation {
  const { tasks } = options;

  const findDefinition = (name: string): TaskDefinitionModel => {
    const found = options.definitions.find(
      ({ arn, family }) => arn === name || family === name || arn.endsWith(`/${name}`),
    );
    if (found === undefined) throw new AwsError('ClientException', `TaskDefinition not found: ${name}`);
    return found;
  };

  return async (raw) => {
    const given = parseInput(input, raw, 'InvalidParameterException');
    const cluster = findCluster(options.clusters, given.cluster);
    const definition = findDefinition(given.taskDefinition);
    const overrides = given.overrides?.containerOverrides ?? [];
    if (JSON.stringify(overrides).length > overrideCharactersMax) {
      throw new AwsError(
        'InvalidParameterException',
        `Container Overrides length must be at most ${overrideCharactersMax}`,
      );
    }
    const stranger = overrides.find(({ name }) => name !== definition.container.name);
    if (stranger !== undefined) {
      throw new AwsError(
        'InvalidParameterException',
        `Override for container named ${stranger.name} is not a container in the TaskDefinition.`,
      );
    }
    const { clientToken } = given;
    const earlier = tasks.register
      .all()
      .filter((task) => clientToken !== undefined && task.clientToken === clientToken);
    if (earlier.length > 0) return { tasks: earlier.map(toTaskAnswer), failures: [] };

    const started: unknown[] = [];
    const failures: unknown[] = [];
    for (let index = 0; index < given.count; index += 1) {
      const reason = tasks.shortage();
      if (reason !== undefined) {
        failures.push({ arn: cluster.arn, reason });
        continue;
      }
      const task = tasks.start({
        clusterArn: cluster.arn,
        definition,
        environment: Object.fromEntries(
          overrides.flatMap(({ environment }) => environment.map(({ name, value }) => [name, value])),
        ),
        command: overrides.find(({ command }) => command !== undefined)?.command,
        overrides: given.overrides,
        clientToken,
        startedBy: given.startedBy,
        group: given.group,
      });
      started.push(toTaskAnswer(task));
    }
    return { tasks: started, failures };
  };
}
