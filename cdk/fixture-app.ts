import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { buildApp } from './build-app.ts';
import type { BuildAppOptions } from './build-app.ts';
import type { Bundles } from './bundle-functions.ts';

export const lambdaNames = [
  'answer-live',
  'authorize',
  'browse-ledger',
  'close-hook-task',
  'close-live',
  'create-api-key',
  'describe-api',
  'fan-out-webhooks',
  'invalidate-scoring',
  'issue-live-ticket',
  'manage-hooks',
  'manage-replays',
  'manage-scoring',
  'manage-sources',
  'manage-webhooks',
  'open-live',
  'publish-events',
  'push-live',
  'push-progress',
  'receive-inbound',
  'redrive-dead-letters',
  'run-job',
  'send-webhook',
  'start-hooks',
  'test-filter',
];
export const containerName = 'hook-runner';

/** A folder that is removed after the tests of the calling file. */
export function openFixtureFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fixture-app-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Bundles that do nothing: enough for tests of the template. */
export function writeFixtureBundles(folder: string): Bundles {
  const names = [...lambdaNames, containerName];
  for (const name of names) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'index.mjs'), `export const handler = async () => '${name}';\n`);
  }
  writeFileSync(join(folder, containerName, 'Dockerfile'), 'FROM scratch\nCOPY index.mjs .\n');
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

/** The app made of fixture bundles, unchecked unless told. */
export function buildFixtureApp(folder: string, options: Partial<BuildAppOptions> = {}) {
  const outdir = mkdtempSync(join(folder, 'cdk.out-'));
  return buildApp({ outdir, bundles: writeFixtureBundles(folder), validate: false, ...options });
}
