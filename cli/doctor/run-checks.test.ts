import { describe, expect, test } from 'vitest';
import { SublarrEventsError } from '../../client/client-error.ts';
import { readSettings } from '../read-settings.ts';
import type { Check } from './check.ts';
import type { Probe, Probed } from './probe.ts';
import { runChecks } from './run-checks.ts';

const nowMs = Date.parse('2026-11-22T12:00:00.500Z');
const answer = (status: number, body: unknown = {}, date = 'Sun, 22 Nov 2026 12:00:00 GMT'): Probed => ({
  kind: 'answered',
  status,
  date,
  body,
  startedAt: nowMs,
  durationMs: 0,
});

const well: Record<string, Probed> = {
  '/api/v1/events/catalog': answer(200, { catalog_version: 1 }),
  '/api/v1/webhooks?limit=1': answer(200),
  '/api/v1/events': answer(422),
  '/api/v1/filters/test': answer(422),
  '/api/v1/live/tickets': answer(201, { ticket: 'lt_1' }),
};
const denied = answer(403, { message: 'scope' });

async function check({
  answers = {},
  flags = { key: 'sk_hidden' },
  isLiveOpen = true,
  isFileOpen = false,
}: {
  answers?: Record<string, Probed>;
  flags?: { url?: string; key?: string };
  isLiveOpen?: boolean;
  isFileOpen?: boolean;
} = {}): Promise<Check[]> {
  const probe: Probe = async (_method, path) => ({ ...well, ...answers })[path] ?? answer(404);
  const file = { path: '/config.json', content: { key: 'sk_hidden' }, isOpenToOthers: true };
  const settings = readSettings({
    flags: isFileOpen ? {} : flags,
    environment: {},
    file: isFileOpen ? file : undefined,
    box: undefined,
  });
  const checks: Check[] = [];
  const running = runChecks({
    settings,
    probe,
    openSocket: async function* () {
      if (!isLiveOpen) throw new SublarrEventsError({ code: 'unreachable', message: 'it does not open' });
      yield { kind: 'open' };
    },
    signal: new AbortController().signal,
    own: { version: '0.1.0', node: '24.0.0' },
  });
  for await (const each of running) checks.push(each);
  return checks;
}

const stateOf = (checks: readonly Check[], wanted: string) => checks.findLast(({ name }) => name === wanted);

test('everything is well', async () => {
  const checks = await check();
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'url ok',
    'key ok',
    'api ok',
    'versions ok',
    'clock ok',
    'scopes ok',
    'live ok',
  ]);
  expect(JSON.stringify(checks)).not.toContain('sk_hidden');
});

describe('what is wrong is told with how to mend it:', () => {
  test.each<[string, Parameters<typeof check>[0], string, string, string]>([
    ['no key', { flags: {} }, 'key', 'fail', 'There is none'],
    ['no encryption', { flags: { url: 'http://box.example', key: 'k' } }, 'url', 'warn', 'unencrypted'],
    [
      'no API',
      { answers: { '/api/v1/events/catalog': { kind: 'failed', reason: 'ECONNREFUSED' } } },
      'api',
      'fail',
      'ECONNREFUSED',
    ],
    [
      'another server',
      { answers: { '/api/v1/events/catalog': answer(200, '<html>') } },
      'api',
      'fail',
      'not this API',
    ],
    [
      'an API that is not well',
      { answers: { '/api/v1/events/catalog': answer(500, { message: 'Internal Server Error' }) } },
      'api',
      'fail',
      'answers 500: it cannot do its work',
    ],
    [
      'an API that answers nothing just now',
      {
        answers: Object.fromEntries(
          Object.keys(well).map((path) => [path, answer(429, { message: 'Too Many Requests' })]),
        ),
      },
      'scopes',
      'warn',
      'nothing can be said of publish, manage, read, live',
    ],
    ['a key that others may read', { isFileOpen: true }, 'key', 'warn', '/config.json'],
    [
      'an unknown key',
      { answers: { '/api/v1/webhooks?limit=1': answer(401, { message: 'no' }) } },
      'scopes',
      'fail',
      'does not know the key',
    ],
    [
      'a key for nothing',
      {
        answers: {
          '/api/v1/webhooks?limit=1': denied,
          '/api/v1/events': denied,
          '/api/v1/filters/test': denied,
          '/api/v1/live/tickets': denied,
        },
      },
      'scopes',
      'fail',
      'none; not',
    ],
    [
      'an outage',
      { answers: { '/api/v1/events': answer(500) } },
      'scopes',
      'warn',
      'nothing can be said of publish',
    ],
    [
      'a clock that is slow',
      {
        answers: {
          '/api/v1/events/catalog': answer(200, { catalog_version: 1 }, 'Sun, 22 Nov 2026 12:02:00 GMT'),
        },
      },
      'clock',
      'warn',
      'here 120 s slow',
    ],
    [
      'a clock that is far off',
      {
        answers: {
          '/api/v1/events/catalog': answer(200, { catalog_version: 1 }, 'Sun, 22 Nov 2026 11:00:00 GMT'),
        },
      },
      'clock',
      'fail',
      '3600 s fast',
    ],
    [
      'another version',
      { answers: { '/api/v1/events/catalog': answer(200, { catalog_version: 2 }) } },
      'versions',
      'warn',
      '2 at the server',
    ],
    ['no live stream', { isLiveOpen: false }, 'live', 'fail', 'does not open'],
  ])('%s', async (_what, world, name, state, words) => {
    const found = stateOf(await check(world), name);
    expect(found).toMatchObject({ state, text: expect.stringContaining(words), mend: expect.any(String) });
  });
});

test('a key of some scopes is well, and what it cannot do is told; the stream is not tried without live', async () => {
  const checks = await check({ answers: { '/api/v1/live/tickets': denied, '/api/v1/filters/test': denied } });
  expect(stateOf(checks, 'scopes')).toMatchObject({
    state: 'ok',
    text: 'publish, read; not manage (what changes anything), live (listen)',
  });
  expect(stateOf(checks, 'live')).toBeUndefined();
});
