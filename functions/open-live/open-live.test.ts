import { expect, test } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey, Scope } from '../../shared/api-key.ts';
import { renderLiveCursor } from '../../shared/live-cursor.ts';
import type { ReplayStep } from '../../shared/live-replay.ts';
import { hashLiveTicket } from '../../shared/live-ticket.ts';
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

const cursor = renderLiveCursor({ timestamp: noon, id: 'evt_1' });

function open(protocols: string | undefined, events?: string, query: Record<string, string> = {}) {
  const viewers: Viewer[] = [];
  const steps: [ReplayStep, number][] = [];
  const tickets = new Map([[hashLiveTicket('lt_good'), 'library']]);
  const watched: [string, number][] = [];
  const log = collectLog();
  const openLive = createOpenLive({
    findKey: async (sha256) => keys.find(({ key_sha256 }) => key_sha256 === sha256),
    redeemTicket: async (ticket_sha256) => {
      const tenant = tickets.get(ticket_sha256);
      tickets.delete(ticket_sha256);
      return tenant === undefined ? undefined : { ticket_sha256, tenant, expires_at: noonMs / 1000 + 60 };
    },
    queueStep: async (step, delay) => void steps.push([step, delay]),
    putViewer: async (viewer) => void viewers.push(viewer),
    watchedUntil: async (tenant, seconds) => void watched.push([tenant, seconds]),
    now: () => noonMs,
    log,
  });
  const answer = openLive({
    connectionId: 'conn-1=',
    connectedAt: noonMs,
    headers: protocols === undefined ? {} : { 'sec-websocket-protocol': protocols },
    query: events === undefined ? query : { events, ...query },
    body: undefined,
  });
  return { answer, viewers, watched, steps, tickets, log };
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

test('from then on the tenant’s events go to the live stream, for as long as the connection may last', async () => {
  const { answer, viewers, watched } = open('sublarr-events, key.sk_live');
  await answer;
  expect(watched).toEqual([['library', viewers[0]?.expires_at]]);
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

test('who comes back with a cursor is noted with it, and told what it missed from then on', async () => {
  const { answer, viewers, steps } = open('sublarr-events, key.sk_live', undefined, { since: cursor });
  await answer;
  expect(viewers).toMatchObject([{ since: cursor }]);
  expect(steps).toEqual([[{ replay: viewers[0], pass: 0 }, 0]]);
});

test('who comes without a cursor has missed nothing', async () => {
  const { answer, viewers, steps } = open('sublarr-events, key.sk_live');
  await answer;
  expect(viewers[0]).not.toHaveProperty('since', expect.anything());
  expect(steps).toEqual([]);
});

test.each([
  [undefined, {}],
  ['sublarr-events', { headers: { 'Sec-WebSocket-Protocol': 'sublarr-events' } }],
])('a ticket opens a connection instead of a key, with the subprotocol %j', async (protocols, expected) => {
  const { answer, viewers, tickets } = open(protocols, 'batch_complete', { ticket: 'lt_good' });
  expect(await answer).toEqual(expected);
  expect(viewers).toMatchObject([{ tenant: 'library', events: ['batch_complete'] }]);
  expect(tickets.size).toBe(0);
});

test('a ticket that is not known, used or too old is refused with 401', async () => {
  const { answer, viewers } = open(undefined, undefined, { ticket: 'lt_used' });
  await expect(answer).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining('live/tickets'),
  });
  expect(viewers).toEqual([]);
});

test.each([
  [{ since: 'nonsense' }, undefined],
  [{ events: 'nope' }, undefined],
  [{}, 'graphql-ws'],
])(
  'a request with the mistake %j, or the foreign subprotocol %j, is a 400 that uses up no ticket',
  async (query, protocols) => {
    const { answer, tickets } = open(protocols, undefined, { ticket: 'lt_good', ...query });
    await expect(answer).rejects.toMatchObject({ status: 400 });
    expect(tickets.size).toBe(1);
  },
);
