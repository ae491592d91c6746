import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { startReceiver } from '../test/builders/start-receiver.ts';
import { bundleFunctions, type Bundles } from './bundle-functions.ts';

const containerName = 'hook-runner';
let outdir: string;
let bundles: Bundles;
beforeAll(async () => {
  outdir = mkdtempSync(join(tmpdir(), 'trimmed-bundles-'));
  bundles = await bundleFunctions({ root: join(import.meta.dirname, '..'), outdir });
});
afterAll(() => rmSync(outdir, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

const fileOf = (name: string): string => join(bundles[name] ?? '', 'index.mjs');
const sourcesOf = (name: string): string[] =>
  z
    .object({ sources: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(`${fileOf(name)}.map`, 'utf8')))
    .sources.map((source) => source.replace(/^.*node_modules\//, ''));

test('every bundle has less than 600 KB', () => {
  const tooLarge = Object.keys(bundles).filter((name) => statSync(fileOf(name)).size >= 600 * 1024);
  expect(tooLarge).toEqual([]);
});

/** Large parts of packages that came along unasked, and must not again when the package is updated. */
const unasked = [
  /^@smithy\/core\/.*\/eventstream/,
  /^undici\/index\.js$/,
  /^undici\/lib\/(milo|mock|cache|interceptor)\//,
  /^undici\/lib\/web\/(?!fetch\/(body|formdata)\.js|webidl\/index\.js)/,
];
/** Ways to credentials that a Lambda function does not have. */
const otherCredentials =
  /^@(?:aws-sdk\/(?:nested-clients|credential-provider-(?!env))|smithy\/credential-provider)/;

test('no bundle holds what nothing in it can reach', () => {
  for (const name of Object.keys(bundles)) {
    const found = sourcesOf(name).filter((source) => unasked.some((pattern) => pattern.test(source)));
    expect.soft(found, name).toEqual([]);
  }
});

test('a function knows the credentials of its environment only, the container those of its task', () => {
  for (const name of Object.keys(bundles)) {
    const found = sourcesOf(name).filter((source) => otherCredentials.test(source));
    if (name === containerName) expect(found.join('\n')).toContain('credential-provider-http');
    else expect.soft(found, name).toEqual([]);
  }
});

test('a function signs with what Lambda puts into its environment', async () => {
  const asked: unknown[] = [];
  const dynamo = await startReceiver(({ headers }, response) => {
    asked.push(headers['authorization'], headers['x-amz-security-token']);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end('{}');
  });
  try {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', new URL(dynamo.url).origin);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'session');
    vi.stubEnv('CONFIG_TABLE', 'config');
    const module: unknown = await import(pathToFileURL(fileOf('authorize')).href);
    const { handler } = z.object({ handler: z.custom<(event: object) => Promise<unknown>>() }).parse(module);
    await expect(handler({ identitySource: ['key'] })).resolves.toMatchObject({ context: { tenant: '' } });
    expect(asked).toEqual([
      expect.stringMatching(/Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/dynamodb\//),
      'session',
    ]);
  } finally {
    await dynamo.close();
  }
});
