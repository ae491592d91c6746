import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBuiltins } from './load-builtins.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-builtins-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Bundles a module and runs it in a fresh process; answers what it wrote. */
async function run(source: string): Promise<string> {
  writeFileSync(join(folder, 'legacy.cjs'), `exports.sep = require('path').sep;`);
  const outfile = join(folder, 'out.mjs');
  await build({
    stdin: { contents: source, resolveDir: folder },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    plugins: [loadBuiltins],
  });
  return execFileSync(process.execPath, [outfile], { encoding: 'utf8' });
}

test.each([
  ['named', `import { join } from 'node:path'; console.log(join('a', 'b'));`, 'a/b'],
  ['default', `import path from 'node:path'; console.log(path.join('a', 'b'));`, 'a/b'],
  ['whole', `import * as path from 'path'; console.log(path.join('a', 'b'));`, 'a/b'],
  [
    'nested',
    `import { setTimeout } from 'node:timers/promises'; console.log(typeof setTimeout);`,
    'function',
  ],
  ['dynamic', `const { join } = await import('node:path'); console.log(join('a', 'b'));`, 'a/b'],
  ['required', `import { sep } from './legacy.cjs'; console.log(sep);`, '/'],
])('a %s import of one of Node’s modules gets that module', async (_how, source, written) => {
  expect(await run(source)).toBe(`${written}\n`);
});

test('node:http comes without the HTTP client that its WebSocket would load', async () => {
  const loaded = await run(`import { createServer, STATUS_CODES } from 'node:http';
    console.log(typeof createServer, STATUS_CODES[404], process.moduleLoadList.filter((name) => /undici/.test(name)).length);`);
  expect(loaded).toBe('function Not Found 0\n');
});
