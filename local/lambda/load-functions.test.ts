import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { LogEntry } from '../log.ts';
import { loadFunctions } from './load-functions.ts';
import type { LocalFunction } from './local-function.ts';

const parent = mkdtempSync(join(tmpdir(), 'sublarr-events-functions-'));
afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
});

const entries: LogEntry[] = [];

async function load(bundles: Record<string, string>, changes = {}): Promise<LocalFunction[]> {
  const models = Object.entries(bundles).map(([label, source]) => {
    const directory = join(parent, label);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.mjs'), source);
    return {
      logicalId: label,
      name: label,
      arn: `arn:${label}`,
      label,
      directory,
      handler: 'index.handler',
      environment: { WHO: label },
      timeoutSeconds: 3,
      memoryMegabytes: 128,
      ...changes,
    };
  });
  return loadFunctions({
    models,
    environment: { AWS_REGION: 'us-east-1', HOME: undefined },
    clientOverride: {},
    log: (entry) => entries.push(entry),
  });
}

const tellEnvironment = `
  const atLoad = process.env.WHO;
  export const handler = async (event) => {
    await null;
    return { atLoad, now: process.env.WHO, region: process.env.AWS_REGION, home: process.env.HOME ?? null,
      seen: Object.keys(process.env).includes('WHO'), path: 'PATH' in process.env, event };
  };`;

describe('functions share a process and nothing else', () => {
  test('each sees its own environment, at load and while it runs; the host sees none of it', async () => {
    const functions = await load({ one: tellEnvironment, two: tellEnvironment });
    const results = await Promise.all(functions.map((each) => each.invoke({ at: new Date(0) })));
    expect(results.map((result) => result.ok && result.payload)).toEqual(
      ['one', 'two'].map((who) => ({
        atLoad: who,
        now: who,
        region: 'us-east-1',
        home: null,
        seen: true,
        path: true,
        event: { at: '1970-01-01T00:00:00.000Z' },
      })),
    );
    expect([process.env['WHO'], process.env['AWS_REGION']]).toEqual([undefined, undefined]);
    expect(process.env['HOME']).toBeDefined();
  });

  test('what a function writes to the console is a log entry of its own', async () => {
    const [talker] = await load({
      talker: `export const handler = async () => { console.log('{"a":%d}', 1); console.error('bad'); };`,
    });
    await talker?.invoke({});
    expect(entries.filter(({ source }) => source === 'talker')).toEqual([
      { level: 'info', source: 'talker', message: '{"a":1}' },
      { level: 'error', source: 'talker', message: 'bad' },
    ]);
  });
});

describe('an invocation ends as on Lambda', () => {
  test.each([
    ['a thrown error', `throw new TypeError('boom')`, { errorType: 'TypeError', errorMessage: 'boom' }],
    ['a payload that is no JSON', 'return { big: 1n }', { errorType: 'TypeError' }],
  ])('%s is a result', async (_, body, error) => {
    const [fails] = await load({ fails: `export const handler = async () => { ${body}; };` });
    expect(await fails?.invoke({})).toMatchObject({ ok: false, error });
  });

  test('nothing returned is null', async () => {
    const [silent] = await load({ silent: 'export const handler = async () => {};' });
    expect(await silent?.invoke({})).toMatchObject({ ok: true, payload: null });
  });

  test('one that takes too long is a timeout, and is told how long it has', async () => {
    const [slow] = await load(
      {
        slow: 'export const handler = (event, context) => { globalThis.slowHas = context.getRemainingTimeInMillis(); return new Promise(() => {}); };',
      },
      { timeoutSeconds: 0.05 },
    );
    expect(await slow?.invoke({})).toMatchObject({
      ok: false,
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('timed out after 0.05 seconds'),
      },
    });
    expect(Reflect.get(globalThis, 'slowHas')).toBeLessThanOrEqual(50);
  });
});

test.each([
  ['throws', `throw new Error('TABLE is missing')`, /Function throws cannot be loaded: TABLE is missing/],
  ['exports-nothing', 'export const other = 1;', /exports no function handler/],
])('a module that %s is a clear error at start', async (label, source, message) => {
  await expect(load({ [label]: source })).rejects.toThrow(message);
});
