import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

/**
 * Builds `<outdir>/index.js` (the client), `<outdir>/cli.js` (the command line), both with all that they need, and
 * `<outdir>/types/`.
 */
export async function buildClient({
  root,
  outdir,
}: {
  readonly root: string;
  readonly outdir: string;
}): Promise<void> {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  await Promise.all([
    build({
      absWorkingDir: root,
      entryPoints: { index: 'client/index.ts', cli: 'cli/main.ts' },
      outdir,
      bundle: true,
      format: 'esm',
      platform: 'node',
      // The oldest with a WebSocket of its own.
      target: 'node22',
      legalComments: 'none',
      logLevel: 'silent',
    }),
    promisify(execFile)(process.execPath, [
      join(typescript, 'bin', 'tsc'),
      '--project',
      join(root, 'client', 'tsconfig.types.json'),
      '--outDir',
      join(outdir, 'types'),
    ]),
  ]);
}
