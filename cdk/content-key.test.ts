import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentKey } from './content-key.ts';

let root: string;

const write = async (path: string, content: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'content-key-'));
  for (const path of [
    'cdk.json',
    'package-lock.json',
    'tsconfig.json',
    'cdk/stack.ts',
    'functions/greet/index.ts',
    'shared/greeting.ts',
  ]) {
    await write(path, path);
  }
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

test('an unchanged project keeps its key', async () => {
  expect(await contentKey(root)).toBe(await contentKey(root));
});

test.each([
  ['a function', 'functions/greet/index.ts'],
  ['what functions share', 'shared/greeting.ts'],
  ['the stack', 'cdk/stack.ts'],
  ['a feature flag', 'cdk.json'],
  ['a dependency', 'package-lock.json'],
  ['a Dockerfile', 'functions/greet/Dockerfile'],
])('a change of %s changes the key', async (_what, path) => {
  const before = await contentKey(root);
  await write(path, 'changed');
  expect(await contentKey(root)).not.toBe(before);
});

test('a file that moves changes the key', async () => {
  const before = await contentKey(root);
  await rm(join(root, 'shared/greeting.ts'));
  await write('shared/moved.ts', 'shared/greeting.ts');
  expect(await contentKey(root)).not.toBe(before);
});

test.each(['functions/greet/greet.test.ts', 'local/main.ts', 'README.md'])(
  '%s does not matter',
  async (path) => {
    const before = await contentKey(root);
    await write(path, 'new');
    expect(await contentKey(root)).toBe(before);
  },
);
