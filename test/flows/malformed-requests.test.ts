import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';
import { createApiKey } from '../support/create-api-key.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

const webhook = { name: 'w', event_name: '*', url: 'https://example.com/hook' };
const event = { event_name: 'batch_complete', data: {} };
const id = 'wh_01JD5WZ7Q8R9S0T1V2X3Y4Z5A6';
const hookId = 'hk_01JD5WZ7Q8R9S0T1V2X3Y4Z5A6';

interface Case {
  readonly name: string;
  readonly request: readonly [method: string, path: string, body?: unknown];
  readonly status: number;
  readonly says: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'an unknown event',
    request: ['POST', '/api/v1/events', { ...event, event_name: 'nope' }],
    status: 422,
    says: ['nope', 'subtitle_downloaded', 'standalone_file_detected'],
  },
  {
    name: 'hook_executed from outside',
    request: ['POST', '/api/v1/events', { ...event, event_name: 'hook_executed' }],
    status: 422,
    says: ['hook_executed'],
  },
  {
    name: 'a known key of the wrong type',
    request: ['POST', '/api/v1/events', { ...event, data: { total: '7' } }],
    status: 422,
    says: ['data.total', 'integer'],
  },
  {
    name: 'an unknown field of an event',
    request: ['POST', '/api/v1/events', { ...event, extra: 1 }],
    status: 422,
    says: ['extra'],
  },
  {
    name: 'an event without data',
    request: ['POST', '/api/v1/events', { event_name: 'batch_complete' }],
    status: 422,
    says: ['data'],
  },
  {
    name: 'an event id with a dot',
    request: ['POST', '/api/v1/events', { ...event, id: 'a.b' }],
    status: 422,
    says: ['id'],
  },
  { name: 'no events', request: ['POST', '/api/v1/events', []], status: 422, says: ['no event'] },
  {
    name: 'more than 100 events',
    request: ['POST', '/api/v1/events', Array.from({ length: 101 }, () => event)],
    status: 422,
    says: ['101', '100'],
  },
  {
    name: 'an event over 256 KB',
    request: ['POST', '/api/v1/events', { ...event, data: { note: 'x'.repeat(300_000) } }],
    status: 413,
    says: ['bytes'],
  },
  {
    name: 'a body over the cap',
    request: ['POST', '/api/v1/events', { ...event, data: { note: 'x'.repeat(3_000_000) } }],
    status: 413,
    says: ['bytes'],
  },
  {
    name: 'malformed JSON',
    request: ['POST', '/api/v1/events', '{"event_name":'],
    status: 400,
    says: ['JSON'],
  },
  { name: 'no body', request: ['POST', '/api/v1/events'], status: 400, says: ['no body'] },
  {
    name: 'a webhook with an unknown field',
    request: ['POST', '/api/v1/webhooks', { ...webhook, retries: 3 }],
    status: 422,
    says: ['retries'],
  },
  {
    name: 'a webhook without a url',
    request: ['POST', '/api/v1/webhooks', { name: 'w', event_name: '*' }],
    status: 422,
    says: ['url'],
  },
  {
    name: 'a webhook without an event',
    request: ['POST', '/api/v1/webhooks', { name: 'w', url: webhook.url }],
    status: 422,
    says: ['event_name'],
  },
  {
    name: 'a webhook for an unknown event',
    request: ['POST', '/api/v1/webhooks', { ...webhook, event_name: 'nope' }],
    status: 422,
    says: ['nope', 'batch_complete'],
  },
  {
    name: 'a webhook for hook_executed',
    request: ['POST', '/api/v1/webhooks', { ...webhook, event_name: 'hook_executed' }],
    status: 422,
    says: ['live viewers'],
  },
  {
    name: 'a timeout over 30 s',
    request: ['POST', '/api/v1/webhooks', { ...webhook, timeout_seconds: 31 }],
    status: 422,
    says: ['timeout_seconds'],
  },
  ...['ftp://example.com/', 'file:///etc/passwd', 'example.com', 'http://user:pass@example.com/'].map(
    (url) => ({
      name: `a webhook to ${url}`,
      request: ['POST', '/api/v1/webhooks', { ...webhook, url }] as const,
      status: 422,
      says: ['url'],
    }),
  ),
  ...[
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://169.254.1.1/',
    'http://0.0.0.0/',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
  ].map((url) => ({
    name: `a webhook to ${url}`,
    request: ['POST', '/api/v1/webhooks', { ...webhook, url }] as const,
    status: 422,
    says: ['url', 'address'],
  })),
  {
    name: 'a secret that is no whsec_',
    request: ['POST', '/api/v1/webhooks', { ...webhook, secret: 'whsec_short' }],
    status: 422,
    says: ['secret'],
  },
  { name: 'an unknown webhook', request: ['GET', `/api/v1/webhooks/${id}`], status: 404, says: [id] },
  {
    name: 'changing an unknown webhook',
    request: ['PUT', `/api/v1/webhooks/${id}`, {}],
    status: 404,
    says: [id],
  },
  {
    name: 'deleting an unknown webhook',
    request: ['DELETE', `/api/v1/webhooks/${id}`],
    status: 404,
    says: [id],
  },
  {
    name: 'testing an unknown webhook',
    request: ['POST', `/api/v1/webhooks/${id}/test`],
    status: 404,
    says: [id],
  },
  { name: 'an unknown hook', request: ['GET', `/api/v1/hooks/${hookId}`], status: 404, says: [hookId] },
  {
    name: 'a hook of an unknown script',
    request: ['POST', '/api/v1/hooks', { name: 'h', event_name: '*', script: 'none.sh' }],
    status: 422,
    says: ['script', 'none.sh'],
  },
  {
    name: 'a hook with an unknown field',
    request: ['POST', '/api/v1/hooks', { name: 'h', event_name: '*', script: 'none.sh', url: 'x' }],
    status: 422,
    says: ['url'],
  },
  {
    name: 'a script without #!',
    request: ['PUT', '/api/v1/scripts/plain.sh', 'echo hi\n'],
    status: 422,
    says: ['#!'],
  },
  {
    name: 'a script over 256 KB',
    request: ['PUT', '/api/v1/scripts/big.sh', `#!/bin/sh\n${'#'.repeat(256 * 1024)}`],
    status: 413,
    says: ['bytes'],
  },
  { name: 'an unknown script', request: ['GET', '/api/v1/scripts/none.sh'], status: 404, says: ['none.sh'] },
  { name: 'a bad limit', request: ['GET', '/api/v1/webhooks?limit=0'], status: 422, says: ['limit'] },
  {
    name: 'an unknown query field',
    request: ['GET', '/api/v1/hooks/logs?hook=1'],
    status: 422,
    says: ['hook'],
  },
  {
    name: 'a made-up cursor',
    request: ['GET', '/api/v1/hooks/logs?cursor=%25%25'],
    status: 400,
    says: ['cursor'],
  },
];

describe('the API refuses', () => {
  test.each(cases)('$name with $status, saying what was wrong', async ({ request, status, says }) => {
    const [method, path, body] = request;
    const answer = await running.api.call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      message: expect.any(String),
      code: expect.any(String),
      ...(answer.body.details === undefined ? {} : { details: expect.any(Array) }),
    });
    for (const word of says) expect(answer.text).toContain(word);
  });

  test('a request without a key with 401', async () => {
    const answer = await fetch(new URL('/api/v1/webhooks', running.stack.apiUrl));
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ message: 'Unauthorized' });
  });

  test('a wrong key with 401', async () => {
    const answer = await createApiClient(running.stack.apiUrl, 'sk_wrong').get('/api/v1/webhooks');
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: 'unauthorized' });
  });

  test.each([
    ['GET', '/api/v1/webhooks', undefined, 'read'],
    ['POST', '/api/v1/webhooks', webhook, 'manage'],
    ['DELETE', '/api/v1/hooks/logs', undefined, 'manage'],
  ])('%s %s with 403 for a key without the scope', async (method, path, body, scope) => {
    const key = await createApiKey(running.stack, ['publish']);
    const answer = await createApiClient(running.stack.apiUrl, key).call(method, path, body);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'forbidden', message: expect.stringContaining(`"${scope}"`) });
  });

  test('a key of another tenant sees nothing of this one', async () => {
    const made = await running.api.post('/api/v1/webhooks', webhook);
    const key = await createApiKey(running.stack, ['read', 'manage'], 'other');
    const other = createApiClient(running.stack.apiUrl, key);
    expect((await other.get('/api/v1/webhooks')).body.webhooks).toEqual([]);
    expect((await other.get(`/api/v1/webhooks/${made.body.id}`)).status).toBe(404);
    expect((await other.delete(`/api/v1/webhooks/${made.body.id}`)).status).toBe(404);
  });
});

test('the catalog tells name, label, description, keys, types and a sample of all sixteen events', async () => {
  const { status, body } = await running.api.get('/api/v1/events/catalog');
  expect(status).toBe(200);
  expect(body.events).toHaveLength(16);
  for (const entry of body.events) {
    expect(entry).toMatchObject({
      name: expect.any(String),
      label: expect.any(String),
      description: expect.any(String),
      payload_keys: expect.any(Array),
      payload_types: expect.any(Object),
      sample: expect.any(Object),
    });
    expect(Object.keys(entry.payload_types)).toEqual(entry.payload_keys);
  }
});
