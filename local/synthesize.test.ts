import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { synthesize } from './synthesize.ts';
import { readTemplate } from './template/template.ts';

const repository = join(import.meta.dirname, '..');
let root: string;
let cache: string;

/** The project as it is, with a cache of its own. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sublarr-events-root-'));
  for (const name of ['cdk', 'functions', 'shared', 'cdk.json', 'package-lock.json', 'tsconfig.json']) {
    symlinkSync(join(repository, name), join(root, name));
  }
  cache = join(root, 'node_modules', '.cache', 'sublarr-events');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const log = (): void => undefined;

test('two stacks that start at once get one whole result, and a later one takes it as it is', async () => {
  const [one, other] = await Promise.all([synthesize({ root, log }), synthesize({ root, log })]);
  expect(one.directory).toBe(other.directory);
  const template = join(one.directory, `${one.stackName}.template.json`);
  expect(Object.keys(readTemplate(template).Resources).length).toBeGreaterThan(10);
  expect(readdirSync(cache).filter((name) => name.startsWith('draft-'))).toEqual([]);

  const { mtimeMs } = statSync(template);
  await synthesize({ root, log });
  expect(statSync(template).mtimeMs).toBe(mtimeMs);
});

test('an extended app is synthesized for its stack alone, and goes with it', async () => {
  const assembly = await synthesize({
    root,
    log,
    extend: (stack) => void new Queue(stack, 'Added', { queueName: 'added' }),
  });
  const { Resources } = readTemplate(join(assembly.directory, `${assembly.stackName}.template.json`));
  expect(Object.values(Resources).some((resource) => resource.Properties['QueueName'] === 'added')).toBe(
    true,
  );
  await assembly.dispose();
  expect(existsSync(assembly.directory)).toBe(false);
});

test('what cannot be built is said in one line', async () => {
  const broken = join(root, 'broken');
  mkdirSync(join(broken, 'functions', 'fails'), { recursive: true });
  writeFileSync(join(broken, 'functions', 'fails', 'index.ts'), 'const = ;');
  for (const name of ['cdk', 'shared', 'cdk.json', 'package-lock.json', 'tsconfig.json']) {
    symlinkSync(join(repository, name), join(broken, name));
  }
  await expect(synthesize({ root: broken, log })).rejects.toThrow(
    /^The CDK app cannot be synthesized: [^\n]+$/,
  );
});
