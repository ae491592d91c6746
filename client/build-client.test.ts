import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildClient } from './build-client.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/** A project that has installed the package. */
let project: string;
let installed: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'sublarr-events-client-'));
  installed = join(project, 'node_modules', 'sublarr-events');
  await mkdir(join(installed, 'cli'), { recursive: true });
  await buildClient({ root, outdir: join(installed, 'dist') });
  await cp(join(root, 'cli', 'sublarr-events.mjs'), join(installed, 'cli', 'sublarr-events.mjs'));
  const types = './dist/types/client/index.d.ts';
  const manifest = { type: 'module', exports: { '.': { types, default: './dist/index.js' } } };
  await writeFile(join(installed, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  for (const name of ['zod', '@types'])
    await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name));
});
afterAll(() => rm(project, { recursive: true, force: true }));

test('an installed package can be imported, and brings what it needs', async () => {
  await rm(join(project, 'node_modules', 'zod'));
  const program = `import { SublarrEvents, SublarrEventsError, verifyWebhook } from 'sublarr-events';
    const client = new SublarrEvents({ url: 'http://127.0.0.1:9', key: 'k', retries: 0 });
    const error = await client.webhooks.list().catch((caught) => caught);
    console.log(error instanceof SublarrEventsError, error.code, typeof verifyWebhook);`;
  await writeFile(join(project, 'use.mjs'), program);
  const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: project });
  expect(stdout.trim()).toBe('true unreachable function');
  await symlink(join(root, 'node_modules', 'zod'), join(project, 'node_modules', 'zod'));
});

test('its types tell a mistake from what is right', async () => {
  const program = `import { SublarrEvents, type Webhook } from 'sublarr-events';
    const client = new SublarrEvents({ url: 'http://127.0.0.1:9', key: 'k' });
    export const made: Webhook = await client.webhooks.create({ name: 'a', url: 'http://x', event_name: '*' });
    export const tries: number = made.retry_count;
    const event_names = ['batch_complete', 'config_updated'] as const;
    await client.webhooks.update('wh_1', { event_names });
    const { value, etag } = await client.scoring.refreshWeights();
    await client.scoring.setWeights({ movie: { hash: (value.movie['hash'] ?? 0) + 1 } }, { ifMatch: etag });
    // @ts-expect-error a field that is none
    await client.webhooks.create({ name: 'a', url: 'http://x', event_nam: '*' });
    await client.deliveries.list({ state: 'exhausted', status_code: 500 });
    // @ts-expect-error a state that is none
    await client.deliveries.list({ state: 'lost' });
    for await (const frame of client.watch()) if (frame.kind === 'event') frame.data['title'];`;
  await writeFile(join(project, 'use.ts'), program);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--target', 'es2024', '--module', 'nodenext', '--types', 'node'];
  // tsc writes what is wrong to stdout, and ends with an error.
  const { stdout } = await run(process.execPath, [tsc, ...options, 'use.ts'], { cwd: project });
  expect(stdout).toBe('');
});

test('its command line runs under node_modules, where Node strips no types', async () => {
  const { stdout } = await run(process.execPath, [join(installed, 'cli', 'sublarr-events.mjs'), '--help']);
  expect(stdout).toContain('sublarr-events COMMAND');
});
