import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMain, spawnStack } from '../support/spawn-stack.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sublarr-events-cli-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** One clear line: no stack trace, no second line. */
function expectOneLine(stderr: string, words: string): void {
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(words);
}

test('a port in use is one clear line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await runMain(['--ephemeral', '--port', String(port)]);
  server.close();
  expect(code).toBe(1);
  expectOneLine(stderr, String(port));
});

test('a data folder that cannot be made is one clear line', async () => {
  await writeFile(join(folder, 'file'), '');
  const { code, stderr } = await runMain(['--data', join(folder, 'file'), '--port', '0']);
  expect(code).toBe(1);
  expectOneLine(stderr, join(folder, 'file'));
});

test('broken data is one clear line that names the file', async () => {
  const stack = await spawnStack(['--data', folder, '--port', '0']);
  await stack.stop();
  await writeFile(
    join(folder, 'queues.sqlite'),
    'this is no database, but it is long enough to be read as one'.repeat(50),
  );
  const { code, stderr } = await runMain(['--data', folder, '--port', '0']);
  expect(code).toBe(1);
  expectOneLine(stderr, 'queues.sqlite');
});

test('a second stack on the same data folder is refused', async () => {
  const stack = await spawnStack(['--data', folder, '--port', '0']);
  const { code, stderr } = await runMain(['--data', folder, '--port', '0']);
  expect(code).toBe(1);
  expectOneLine(stderr, String(stack.process.pid));
  await stack.stop();
});

test('an unknown option is one clear line', async () => {
  const { code, stderr } = await runMain(['--prot', '1']);
  expect(code).toBe(2);
  expectOneLine(stderr, '--prot');
});

test('the key and the credentials can be read by their owner only', async () => {
  const stack = await spawnStack(['--data', folder, '--port', '0']);
  for (const file of ['api-key', 'aws.env']) {
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  }
  await chmod(folder, 0o700);
  await stack.stop();
});

test('--help tells the options', async () => {
  const { code, stdout } = await runMain(['--help']);
  expect(code).toBe(0);
  for (const option of ['--data', '--ephemeral', '--host', '--port', '--json'])
    expect(stdout).toContain(option);
});
