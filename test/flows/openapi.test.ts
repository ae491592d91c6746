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
  const url = new URL('/api/v1/openapi.json', running.stack.apiUrl);
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(createOpenApi(operations))));
  const again = await fetch(url, { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
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
