import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { prebuildModules } from './prebuild-modules.ts';

test('a bundle holds what a *.prebuilt.ts came to, and nothing of how', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prebuild-modules-'));
  try {
    await writeFile(
      join(folder, 'words.prebuilt.ts'),
      `const expensive = (): string[] => ['one', 'two']; export const words = expensive(); export const count = words.length;`,
    );
    await writeFile(
      join(folder, 'index.ts'),
      `import { count, words } from './words.prebuilt.ts'; export const told = words.join(' ') + count;`,
    );
    const outfile = join(folder, 'index.mjs');
    const { outputFiles } = await build({
      entryPoints: [join(folder, 'index.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      write: false,
      plugins: [prebuildModules],
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text).not.toContain('expensive');
    await writeFile(outfile, text);
    await expect(import(pathToFileURL(outfile).href)).resolves.toMatchObject({ told: 'one two2' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
