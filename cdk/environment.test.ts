import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { buildFixtureApp, containerName, openFixtureFolder } from './fixture-app.ts';
import { SynthesizedStack } from './synthesized-stack.ts';

const functionsDir = join(import.meta.dirname, '..', 'functions');
const names = readdirSync(functionsDir).filter((name) =>
  ['index.ts', 'env.ts'].some((file) => existsSync(join(functionsDir, name, file))),
);
const stack = new SynthesizedStack(buildFixtureApp(openFixtureFolder()).app);

const moduleSchema = z.object({ envSchema: z.instanceof(z.ZodObject) });
const variablesSchema = z.object({ Variables: z.record(z.string(), z.unknown()) });
const containersSchema = z.tuple([z.object({ Environment: z.array(z.object({ Name: z.string() })) })]);

async function listKeysRead(name: string): Promise<string[]> {
  const path = join(functionsDir, name, 'env.ts');
  if (!existsSync(path)) return [];
  const { envSchema } = moduleSchema.parse(await import(pathToFileURL(path).href));
  return Object.keys(envSchema.shape).sort();
}

function listKeysGiven(name: string): string[] {
  if (name === containerName) {
    const [task] = stack.all('AWS::ECS::TaskDefinition');
    const [container] = containersSchema.parse(task?.Properties['ContainerDefinitions']);
    return container.Environment.map(({ Name }) => Name).sort();
  }
  const { Variables } = variablesSchema.parse(stack.lambda(name).Properties['Environment']);
  return Object.keys(Variables)
    .filter((key) => key !== 'NODE_OPTIONS')
    .sort();
}

test('every function is given exactly the environment that its env.ts reads', async () => {
  for (const name of names) {
    expect.soft(listKeysGiven(name), name).toEqual(await listKeysRead(name));
  }
  expect(names.length).toBeGreaterThan(0);
});
