import { expect, test } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey, Scope } from '../../shared/api-key.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import { createOpenLive } from './open-live.ts';

const aKey = (text: string, scopes: Scope[]): ApiKey => ({
  key_sha256: hashApiKey(text),
  tenant: 'library',
  name: text,
  scopes,
  created_at: noon,
});
const keys = [aKey('sk_live', ['read', 'live']), aKey('sk_publish', ['publish', 'manage', 'read'])];

function open(protocols: string | undefined, events?: string) {
  const viewers: Viewer[] = [];
  const log = collectLog();
  const openLive = createOpenLive({
    findKey: async (sha256) => keys.find(({ key_sha256 }) => key_sha256 === sha256),
    putViewer: async (viewer) => void viewers.push(viewer),
    now: () => noonMs,
    log,
  });
  const answer = openLive({
    connectionId: 'conn-1=',
    headers: protocols === undefined ? {} : { 'sec-websocket-protocol': protocols },
    query: events === undefined ? {} : { events },
  });
  return { answer, viewers, log };
}

test('a key with the scope live opens a connection that is noted with its tenant and events', async () => {
  const { answer, viewers, log } = open('sublarr-events, key.sk_live', 'batch_complete,hook_executed');
  expect(await answer).toEqual({ headers: { 'Sec-WebSocket-Protocol': 'sublarr-events' } });
  expect(viewers).toEqual([
    {
      tenant: 'library',
      connection_id: 'conn-1=',
      events: ['batch_complete', 'hook_executed'],
      connected_at: noon,
      expires_at: noonMs / 1000 + 2 * 3600 + 600,
    },
  ]);
  expect(JSON.stringify(log.lines)).not.toContain('sk_live');
});

test.each([
  'key.sk_live,sublarr-events',
  'sublarr-events ,  key.sk_live',
  'other, sublarr-events, key.sk_live',
])('subprotocols may be offered as %j', async (protocols) => {
  const { answer, viewers } = open(protocols);
  await answer;
  expect(viewers).toMatchObject([{ events: ['*'] }]);
});

test.each([
  ['no subprotocol', undefined, undefined, 401, 'key.<API key>'],
  ['no key', 'sublarr-events', undefined, 401, 'key.<API key>'],
  ['an empty key', 'sublarr-events, key.', undefined, 401, 'key.<API key>'],
  ['an unknown key', 'sublarr-events, key.sk_guess', undefined, 401, 'not known'],
  ['a key without the scope', 'sublarr-events, key.sk_publish', undefined, 403, 'publish, manage, read'],
  ['only the key as a subprotocol', 'key.sk_live', undefined, 400, 'sublarr-events'],
  ['an unknown event', 'sublarr-events, key.sk_live', 'nope', 400, 'hook_executed'],
])('%s is refused and leaves no row', async (_what, protocols, events, status, words) => {
  const { answer, viewers } = open(protocols, events);
  await expect(answer).rejects.toMatchObject({ status, message: expect.stringContaining(words) });
  expect(viewers).toEqual([]);
});

test('no refusal repeats the key', async () => {
  const { answer } = open('sublarr-events, key.sk_publish');
  await expect(answer).rejects.not.toMatchObject({ message: expect.stringContaining('sk_publish') });
});
