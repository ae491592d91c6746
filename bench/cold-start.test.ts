import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdirSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentFor, plausibleValue, readVariableNames } from './cold-start-environment.ts';
import { startOnce } from './cold-start-process.ts';

const functions = join(import.meta.dirname, '..', 'functions');
const names = readdirSync(functions).filter((name) => existsSync(join(functions, name, 'env.ts')));

describe('the environment of a start', () => {
  test.each(names)('is one that %s takes', async (name) => {
    const { envSchema } = await import(pathToFileURL(join(functions, name, 'env.ts')).href);
    expect(envSchema.safeParse(environmentFor(await readVariableNames(name))).error).toBeUndefined();
  });

  test.each([
    ['HOOK_CLUSTER_ARN', /^arn:aws:/],
    ['HOOK_RUN_QUEUE_URL', /^https:\/\/sqs/],
    ['LIVE_ENDPOINT', /^https:\/\//],
    ['IDLE_SECONDS', /^\d+$/],
    ['CONFIG_TABLE', /^example$/],
  ])('gives %s a value of its kind', (variable, kind) => {
    expect(plausibleValue(variable)).toMatch(kind);
  });
});

describe('one start', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cold-start-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const bundle = (source: string): URL => {
    const path = join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
    writeFileSync(path, source);
    return pathToFileURL(path);
  };

  test('answers the milliseconds until the handler is there', async () => {
    const ms = await startOnce(bundle('export const handler = () => 1;'), environmentFor([]));
    expect(ms).toBeGreaterThan(0);
  });

  test('sees its own environment and nothing else', async () => {
    const source = `if (process.env.HOME || process.env.CONFIG_TABLE !== 'example') throw new Error('no');
      export const handler = () => 1;`;
    await expect(startOnce(bundle(source), environmentFor(['CONFIG_TABLE']))).resolves.toBeGreaterThan(0);
  });

  test.each([
    ['export const other = 1;', /exports no function "handler"/],
    ['throw new Error("EVENT_BUS_NAME is missing")', /EVENT_BUS_NAME is missing/],
  ])('tells why %s did not start', async (source, reason) => {
    await expect(startOnce(bundle(source), environmentFor([]))).rejects.toThrow(reason);
  });
});
