import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopes } from '../../shared/api-key.ts';
import { createOpenApi } from '../../shared/api/create-openapi.ts';
import { operations } from '../../shared/api/operations.ts';
import { createApiClient } from '../support/api-client.ts';
import { createApiKey } from '../support/create-api-key.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

test('the API describes itself to who has no key', async () => {
  const answer = await fetch(new URL('/api/v1/openapi.json', running.stack.apiUrl));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(createOpenApi(operations))));
});

test.each(['/api/v1/openapi.json', '/api/v1/scoring/presets', '/api/v1/scoring/presets/Anime'])(
  '%s is not answered again to who has it',
  async (path) => {
    const { headers } = await running.api.get(path);
    const again = await running.api.call('GET', path, undefined, {
      'if-none-match': headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
  },
);

// The client of the tests compares every answer with the document; here are the routes that no other flow takes.
test('a hook and its script are listed, read and deleted, and the log is cleared, with documented answers', async () => {
  const { api } = running;
  const script = '#!/bin/sh\nexit 0\n';
  await api.put('/api/v1/scripts/done.sh', script);
  const hook = await api.post('/api/v1/hooks', { name: 'done', event_name: '*', script: 'done.sh' });
  expect((await api.get('/api/v1/hooks')).body.hooks).toEqual([hook.body]);
  expect((await api.get('/api/v1/scripts')).body.scripts).toHaveLength(1);
  expect((await api.get('/api/v1/scripts/done.sh')).text).toBe(script);
  expect((await api.delete(`/api/v1/hooks/${hook.body.id}`)).status).toBe(204);
  expect((await api.delete('/api/v1/scripts/done.sh')).status).toBe(204);
  expect((await api.delete('/api/v1/hooks/logs')).body).toEqual({ deleted: 0, done: true });
});

describe.each(scopes)('a key with every scope but %s', (scope) => {
  const needing = operations.filter((operation) => operation.scope === scope);
  let key: string;
  beforeAll(async () => {
    const others = scopes.filter((other) => other !== scope);
    key = await createApiKey(running.stack, others);
  });

  test.each(needing)('is refused $method $path', async ({ method, path }) => {
    const api = createApiClient(running.stack.apiUrl, key);
    const answer = await api.call(method, path.replaceAll(/\{\w+\}/g, 'x'));
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain(`"${scope}"`);
  });
});
