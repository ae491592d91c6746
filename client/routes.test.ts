import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Operation } from '../shared/api/operation.ts';
import { operations } from '../shared/api/operations.ts';
import { SublarrEvents } from './sublarr-events.ts';

type Method = (...args: never[]) => Promise<unknown>;

/** The method of the client for each operation of the OpenAPI document. */
const methods: Readonly<Record<string, (client: SublarrEvents) => Method>> = {
  getCatalog: ({ events }) => events.getCatalog,
  publishEvents: ({ events }) => events.publish,
  testFilter: ({ events }) => events.testFilter,
  pushProgress: ({ events }) => events.pushProgress,
  listEvents: ({ events }) => events.list,
  getEvent: ({ events }) => events.get,
  getOpenApi:
    (client) =>
    (...args) =>
      client.getOpenApi(...args),
  createLiveTicket:
    (client) =>
    (...args) =>
      client.createLiveTicket(...args),
  listWebhooks: ({ webhooks }) => webhooks.list,
  createWebhook: ({ webhooks }) => webhooks.create,
  getWebhook: ({ webhooks }) => webhooks.get,
  updateWebhook: ({ webhooks }) => webhooks.update,
  deleteWebhook: ({ webhooks }) => webhooks.delete,
  testWebhook: ({ webhooks }) => webhooks.test,
  enableWebhook: ({ webhooks }) => webhooks.enable,
  rotateSecret: ({ webhooks }) => webhooks.rotateSecret,
  replayWebhook: ({ webhooks }) => webhooks.replay,
  listHooks: ({ hooks }) => hooks.list,
  createHook: ({ hooks }) => hooks.create,
  getHook: ({ hooks }) => hooks.get,
  updateHook: ({ hooks }) => hooks.update,
  deleteHook: ({ hooks }) => hooks.delete,
  testHook:
    ({ hooks }) =>
    (id: string) =>
      hooks.test(id, {}, { waitMs: 0 }),
  enableHook: ({ hooks }) => hooks.enable,
  replayHook: ({ hooks }) => hooks.replay,
  listLogs: ({ hooks }) => hooks.listLogs,
  clearLogs: ({ hooks }) => hooks.clearLogs,
  listScripts: ({ scripts }) => scripts.list,
  getScript: ({ scripts }) => scripts.get,
  listScriptVersions: ({ scripts }) => scripts.listVersions,
  uploadScript: ({ scripts }) => scripts.upload,
  deleteScript: ({ scripts }) => scripts.delete,
  listDeliveries: ({ deliveries }) => deliveries.list,
  getDelivery: ({ deliveries }) => deliveries.get,
  retryDelivery: ({ deliveries }) => deliveries.retry,
  listUndelivered: ({ deliveries }) => deliveries.listUndelivered,
  listJobs: ({ jobs }) => jobs.list,
  getJob: ({ jobs }) => jobs.get,
  cancelJob: ({ jobs }) => jobs.cancel,
  listDeadLetters: ({ deadLetters }) => deadLetters.list,
  redriveDeadLetters: ({ deadLetters }) => deadLetters.redrive,
  listSources: ({ sources }) => sources.list,
  createSource: ({ sources }) => sources.create,
  getSource: ({ sources }) => sources.get,
  deleteSource: ({ sources }) => sources.delete,
  getScoringWeights: ({ scoring }) => scoring.getWeights,
  setScoringWeights: ({ scoring }) => scoring.setWeights,
  resetScoringWeights: ({ scoring }) => scoring.resetWeights,
  getProviderModifiers: ({ scoring }) => scoring.getModifiers,
  setProviderModifiers: ({ scoring }) => scoring.setModifiers,
  removeProviderModifier: ({ scoring }) => scoring.removeModifier,
  listScoringPresets: ({ scoring }) => scoring.listPresets,
  getScoringPreset: ({ scoring }) => scoring.getPreset,
  importScoringPreset: ({ scoring }) => scoring.importPreset,
  score: ({ scoring }) => scoring.score,
};

/** What others send here, with the id of a source in place of a key. */
const ofSenders = new Set([
  'receiveSonarr',
  'receiveSonarrByPut',
  'receiveRadarr',
  'receiveRadarrByPut',
  'receiveSublarr',
]);
const called = operations.filter(({ id }) => !ofSenders.has(id));

function fieldsOf(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(fieldsOf) : [];
}

/** An answer with every field that any answer is documented to have, and nothing in any. */
const emptyAnswer = ({ answers }: Operation): object =>
  Object.fromEntries(
    Object.values(answers)
      .flatMap(fieldsOf)
      .map((name) => [name, null]),
  );

function recorder(answer: object = {}) {
  const requests: { readonly method: string; readonly url: URL; readonly body: unknown }[] = [];
  const client = new SublarrEvents({
    url: 'http://api.example',
    key: 'sk_1',
    retries: 0,
    fetch: async (url, init) => {
      requests.push({ method: init.method ?? '', url, body: init.body });
      return Response.json(answer);
    },
  });
  return { client, requests };
}

test('the client has a method for every operation of the OpenAPI document, and for nothing else', () => {
  expect(Object.keys(methods).toSorted()).toEqual(called.map(({ id }) => id).toSorted());
});

describe('the method of', () => {
  test.each(called.map((operation) => [operation.id, operation] as const))(
    '%s makes that request, and is content with its documented answer',
    async (id, operation) => {
      const { client, requests } = recorder(emptyAnswer(operation));
      const names = Array.from(operation.path.matchAll(/\{\w+\}/g), ([name]) => name);
      const body = operation.body === undefined ? [] : ['text' in operation.body ? '#!/bin/sh' : {}];
      const query = operation.query === undefined ? [] : [{ limit: 7 }];
      const method: unknown = methods[id]?.(client);
      if (typeof method !== 'function') throw new Error(`no method for ${id}`);
      await Reflect.apply(method, undefined, [...names, ...body, ...query]);
      expect(requests).toHaveLength(1);
      const [request] = requests;
      expect(request?.method).toBe(operation.method);
      expect(decodeURIComponent(request?.url.pathname ?? '')).toBe(operation.path);
      expect(request?.url.search).toBe(operation.query === undefined ? '' : '?limit=7');
      if (operation.body !== undefined) expect(request?.body).toEqual(expect.any(String));
    },
  );
});

describe('an id', () => {
  test('is one segment of the path, whatever it holds', async () => {
    const { client, requests } = recorder();
    await client.scripts.delete('../webhooks?x#y');
    expect(requests[0]?.url.href).toBe('http://api.example/api/v1/scripts/..%2Fwebhooks%3Fx%23y');
  });

  test.each(['', '.', '..'])('that is %j leads to no other route', (id) => {
    const { client, requests } = recorder();
    expect(() => client.webhooks.delete(id)).toThrow(TypeError);
    expect(requests).toEqual([]);
  });
});

describe('publishing', () => {
  test('gives the event an id before it is sent, and keeps it when the request is repeated', async () => {
    const bodies: string[] = [];
    const client = new SublarrEvents({
      url: 'http://api.example',
      key: 'sk_1',
      retries: 1,
      fetch: async (url, init) => {
        bodies.push(await new Request(url, init).text());
        return bodies.length === 1
          ? new Response('{}', { status: 503 })
          : new Response('{"ids":["x"],"accepted":1}', { status: 202 });
      },
    });
    const { id } = await client.events.publish({ event_name: 'batch_complete', data: {} });
    expect(id).toMatch(/^evt_[0-9A-Z]{26}$/);
    expect(bodies).toEqual([bodies[0], bodies[0]]);
    expect(bodies[0]).toContain(id);
  });
});

describe('something else that answers 200 with JSON', () => {
  const { client } = recorder({ status: 'ok' });
  test.each([
    ['publish', () => client.events.publish({ event_name: 'batch_complete', data: {} })],
    ['publishMany', () => client.events.publishMany([{ event_name: 'batch_complete', data: {} }])],
    ['pushProgress', () => client.events.pushProgress({ event_name: 'job_update', data: {} })],
    ['list', () => client.webhooks.list()],
    ['create', () => client.webhooks.create({ name: 'n', event_name: '*', url: 'https://x.example' })],
    ['get', () => client.deliveries.get('dlv_1')],
    ['listUndelivered', () => client.deliveries.listUndelivered()],
    ['wait', () => client.jobs.wait('job_1')],
  ])('is not taken for the API by %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'unexpected_answer', status: 200 });
  });
});

test.each([
  [{ url: 'api.example', key: 'k' }],
  [{ url: 'ftp://api.example', key: 'k' }],
  [{ url: 'http://x', key: '' }],
  [{ url: 'http://x', key: 'sk_1\nsk_2' }],
  [{ url: 'http://x', key: 'k', liveUrl: 'live' }],
])('a client of %j is refused, without a word of the key', (options) => {
  expect(() => new SublarrEvents(options)).toThrow(TypeError);
  expect(() => new SublarrEvents(options)).not.toThrow('sk_1');
});

test('an answer that is no JSON is told as such', async () => {
  const fetch = async (): Promise<Response> => new Response('<html>');
  const client = new SublarrEvents({ url: 'http://x', key: 'k', fetch });
  await expect(client.webhooks.list()).rejects.toMatchObject({ code: 'unexpected_answer' });
});

test('a job is waited for until it ends, and each state of it is told', async () => {
  const states = ['queued', 'running', 'done'];
  const fetch = async (): Promise<Response> =>
    new Response(JSON.stringify({ id: 'job_1', state: states.shift() }));
  const client = new SublarrEvents({ url: 'http://x', key: 'k', fetch });
  const told: string[] = [];
  const job = await client.jobs.wait('job_1', { onProgress: ({ state }) => told.push(state) });
  expect(job.state).toBe('done');
  expect(told).toEqual(['queued', 'running', 'done']);
});
