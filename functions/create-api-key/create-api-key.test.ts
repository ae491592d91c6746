import { expect, test } from 'vitest';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey } from '../../shared/api-key.ts';
import { createCreateApiKey } from './create-api-key.ts';

function creating() {
  const stored: ApiKey[] = [];
  const create = createCreateApiKey({
    putKey: async (key) => {
      stored.push(key);
    },
    now: () => noonMs,
  });
  return { create, stored };
}

test('a key is answered once, and only its hash is stored', async () => {
  const { create, stored } = creating();
  const { api_key, ...rest } = await create({ name: ' first ', scopes: ['publish', 'read'] });
  expect(api_key).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
  expect(rest).toEqual({ name: 'first', scopes: ['publish', 'read'], tenant: 'default' });
  expect(stored).toEqual([
    {
      key_sha256: hashApiKey(api_key),
      tenant: 'default',
      name: 'first',
      scopes: ['publish', 'read'],
      created_at: noon,
    },
  ]);
  expect(JSON.stringify(stored)).not.toContain(api_key);
});

test('two keys differ', async () => {
  const { create } = creating();
  const request = { name: 'n', scopes: ['read'], tenant: 'acme' };
  const [a, b] = await Promise.all([create(request), create(request)]);
  expect(a.api_key).not.toBe(b.api_key);
  expect(a.tenant).toBe('acme');
});

test.each([
  [undefined],
  [{}],
  [{ name: '', scopes: ['read'] }],
  [{ name: 'n', scopes: [] }],
  [{ name: 'n', scopes: ['root'] }],
  [{ name: 'n', scopes: ['read'], tenant: 'a#b' }],
  [{ name: 'n', scopes: ['read'], tenant: '' }],
  [{ name: 'n', scopes: ['read'], extra: 1 }],
])('the request %j is refused and makes no key', async (request) => {
  const { create, stored } = creating();
  await expect(create(request)).rejects.toThrow();
  expect(stored).toEqual([]);
});
