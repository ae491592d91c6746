import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { bundleFunctions } from './bundle-functions.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-functions-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const sources = {
  'functions/greet/index.ts': `import { greeting } from '../../shared/greeting.ts';
    import legacy from '../../shared/legacy.cjs';
    export const handler = async (name: string): Promise<string> => greeting(legacy.trim(name));`,
  'functions/greet/env.ts': `export type Env = object;`,
  'functions/work/index.ts': `export const handler = async () => { throw new Error('worked'); };`,
  'functions/work/side.process.ts': `process.stdout.write('beside');`,
  'functions/work/Dockerfile': 'FROM scratch\n',
  'functions/not-a-function/readme.md': 'nothing to run',
  'shared/greeting.ts': 'export const greeting = (name: string) => `Hello ${name}`;',
  'shared/legacy.cjs': `const { EOL } = require('node:os'); exports.trim = (text) => text.replaceAll(EOL, '');`,
};

async function writeProject(name: string): Promise<string> {
  const root = join(folder, name);
  for (const [path, content] of Object.entries(sources)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

const importBundle = async (directory: string | undefined) => {
  const module: unknown = await import(pathToFileURL(join(String(directory), 'index.mjs')).href);
  return z.object({ handler: z.custom<(input: string) => Promise<string>>() }).parse(module);
};

test('every folder with an index.ts becomes a bundle that runs, CommonJS dependencies included', async () => {
  const root = await writeProject('project');
  const bundles = await bundleFunctions({ root, outdir: join(root, 'out') });
  expect(bundles).toEqual({ greet: join(root, 'out/greet'), work: join(root, 'out/work') });
  const { handler } = await importBundle(bundles['greet']);
  await expect(handler('you\n')).resolves.toBe('Hello you');
});

test('a Dockerfile and programs of their own go beside the bundle of their function', async () => {
  const root = await writeProject('project');
  const bundles = await bundleFunctions({ root, outdir: join(root, 'out') });
  expect((await readdir(String(bundles['work']))).sort()).toEqual([
    'Dockerfile',
    'index.mjs',
    'index.mjs.map',
    'side.process.mjs',
    'side.process.mjs.map',
  ]);
  expect((await readdir(String(bundles['greet']))).sort()).toEqual(['index.mjs', 'index.mjs.map']);
});

test('the same sources give the same bytes, wherever the project lies and the bundles go', async () => {
  const here = await writeProject('here');
  const there = join(folder, 'quite/another/place');
  await cp(here, there, { recursive: true });
  const first = await bundleFunctions({ root: here, outdir: join(here, 'out') });
  const second = await bundleFunctions({ root: there, outdir: join(folder, 'elsewhere') });
  for (const name of ['greet', 'work']) {
    for (const file of ['index.mjs', 'index.mjs.map']) {
      const bytes = await readFile(join(String(first[name]), file), 'utf8');
      expect(await readFile(join(String(second[name]), file), 'utf8')).toBe(bytes);
      expect(bytes).not.toContain(folder);
    }
  }
});

test('what an earlier bundle left behind is gone', async () => {
  const root = await writeProject('project');
  const outdir = join(root, 'out');
  await mkdir(join(outdir, 'greet'), { recursive: true });
  await writeFile(join(outdir, 'greet', 'stale.mjs'), '');
  await bundleFunctions({ root, outdir });
  expect(await readdir(join(outdir, 'greet'))).not.toContain('stale.mjs');
});

test('the function folders may lie elsewhere than the project', async () => {
  const root = await writeProject('project');
  const functionsDir = join(folder, 'more-functions');
  await mkdir(join(functionsDir, 'extra'), { recursive: true });
  await writeFile(join(functionsDir, 'extra', 'index.ts'), `export const handler = async () => 'extra';`);
  const bundles = await bundleFunctions({ root, outdir: join(root, 'out'), functionsDir });
  const { handler } = await importBundle(bundles['extra']);
  await expect(handler('')).resolves.toBe('extra');
});

test('a folder without functions is an error that names it', async () => {
  const functionsDir = join(folder, 'empty');
  await mkdir(functionsDir);
  await expect(bundleFunctions({ root: folder, outdir: folder, functionsDir })).rejects.toThrow(functionsDir);
});
