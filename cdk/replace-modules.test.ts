import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { leaveOut, type ModuleReplacement, replaceModules } from './replace-modules.ts';

let root: string;
const write = async (path: string, content: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'replace-modules-'));
  await write('node_modules/@scope/big/index.js', `export const name = 'all of it';`);
  await write('node_modules/@scope/small/index.js', `export const name = 'a part';`);
  await write('node_modules/@scope/big/lib/other-index.js', `export const name = 'other';`);
  await write('node_modules/old/part.js', `exports.act = () => 'acted';`);
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function run(source: string, replacements: readonly ModuleReplacement[]): Promise<() => unknown> {
  const outfile = join(root, 'out.mjs');
  await build({
    stdin: { contents: source, resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    plugins: [replaceModules(root, replacements)],
    logLevel: 'silent',
  });
  const module: unknown = await import(pathToFileURL(outfile).href);
  return z.object({ run: z.custom<() => unknown>() }).parse(module).run;
}

test('a file is replaced, and what its replacement imports is found from there; its neighbours stay', async () => {
  const call = await run(
    `import { name } from '@scope/big/index.js';
    import { name as other } from '@scope/big/lib/other-index.js';
    export const run = () => [name, other];`,
    [{ file: '@scope/big/index.js', contents: `export { name } from '@scope/small/index.js';` }],
  );
  expect(call()).toEqual(['a part', 'other']);
});

test.each([
  ['late require', `export const run = () => require('old/part.js').act();`],
  ['import()', `export const run = async () => (await import('old/part.js')).act();`],
  ['call', `const part = require('old/part.js'); export const run = () => part();`],
])('what is left out throws an error that names it when an %s reaches it', async (_how, source) => {
  const call = await run(source, [leaveOut('old/part.js', 'nobody acts.')]);
  await expect(async () => call()).rejects.toThrow('old/part.js is left out of this bundle: nobody acts.');
});

test('what is left out of an ES module by name throws when it is called', async () => {
  const source = `import { name } from '@scope/big/index.js'; export const run = () => name();`;
  const call = await run(source, [leaveOut('@scope/big/index.js', 'it is large.', ['name'])]);
  expect(call).toThrow('@scope/big/index.js is left out');
});

test('no bundle is made when something else is imported of it by name', async () => {
  const source = `import { name } from '@scope/big/index.js'; export const run = () => name();`;
  const bundling = run(source, [leaveOut('@scope/big/index.js', 'it is large.', ['other'])]);
  await expect(bundling).rejects.toThrow('No matching export');
});

test.each(['old/moved.js', '@scope/big/moved.js'])(
  'no bundle is made when %s is no longer where it was',
  async (file) => {
    await expect(run('export const run = () => 1;', [leaveOut(file, 'it is large.')])).rejects.toThrow(
      `${join(root, 'node_modules', file)} is to be replaced in bundles but is not there`,
    );
  },
);

test('a package that the project does not have is none of its bundles’ concern', async () => {
  const call = await run('export const run = () => 1;', [leaveOut('other/part.js', 'it is large.')]);
  expect(call()).toBe(1);
});
