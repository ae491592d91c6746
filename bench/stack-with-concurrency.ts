import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import * as z from 'zod';
import { formatLogEntry } from '../local/log.ts';
import { readOptions } from '../local/read-options.ts';
import { startStack } from '../local/start-stack.ts';
import { formatReady } from '../local/welcome.ts';

// `npm start` with another RUN_CONCURRENCY in the hook worker's container: the value is the template's, as on AWS.
// Takes the same options, and the value from BENCH_RUN_CONCURRENCY.

const { BENCH_RUN_CONCURRENCY: concurrency } = z
  .object({ BENCH_RUN_CONCURRENCY: z.string().regex(/^\d+$/) })
  .parse(process.env);
const command = readOptions(process.argv.slice(2));
if (command.kind !== 'start') throw new Error('Options as of "npm start" are needed');

const containersSchema = z
  .array(z.object({ environment: z.array(z.object({ name: z.string(), value: z.string() })) }))
  .length(1);

function overrideConcurrency(task: CfnTaskDefinition): void {
  const [container] = containersSchema.parse(
    z
      .array(z.looseObject({ environment: z.array(z.looseObject({ name: z.string() })) }))
      .parse(task.stack.resolve(task.containerDefinitions))
      .map(({ environment }) => ({
        environment: environment.map(({ name, value }) => ({ name, value: String(value) })),
      })),
  );
  const index = container?.environment.findIndex(({ name }) => name === 'RUN_CONCURRENCY') ?? -1;
  if (index < 0) throw new Error('The hook worker has no RUN_CONCURRENCY');
  task.addPropertyOverride(`ContainerDefinitions.0.Environment.${index}.Value`, concurrency);
}

const { dataDir, host, port } = command.options;
const stack = await startStack({
  dataDir,
  host,
  port,
  log: (entry) => process.stderr.write(`${formatLogEntry(entry, new Date())}\n`),
  extend: (cdkStack) => {
    const tasks = cdkStack.node.findAll().filter((each) => each instanceof CfnTaskDefinition);
    if (tasks.length === 0) throw new Error('The template has no task definition');
    for (const task of tasks) overrideConcurrency(task);
  },
});
process.once('SIGTERM', () => {
  void stack.stop().then(() => process.exit(0));
});
process.stdout.write(`${formatReady(stack)}\n`);
