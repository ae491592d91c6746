import { expect, test } from 'vitest';
import { noon } from '../../test/builders/an-event.ts';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey } from '../../shared/api-key.ts';
import { createAuthorize } from './authorize.ts';

const known: ApiKey = {
  key_sha256: hashApiKey('sk_good'),
  tenant: 'acme',
  name: 'n',
  scopes: ['publish', 'read'],
  created_at: noon,
};
const authorize = createAuthorize({
  findKey: async (hash) => (hash === known.key_sha256 ? known : undefined),
});

test('a known key is told by its tenant and its scopes, found by its hash alone', async () => {
  await expect(authorize({ identitySource: ['sk_good'] })).resolves.toEqual({
    isAuthorized: true,
    context: { tenant: 'acme', scopes: 'publish read' },
  });
});

test.each([[['sk_bad']], [['']], [['SK_GOOD']], [['sk_good ']], [[]]])(
  'the key %j passes with neither tenant nor scope, for the function behind to answer 401',
  async (identitySource) => {
    await expect(authorize({ identitySource })).resolves.toEqual({
      isAuthorized: true,
      context: { tenant: '', scopes: '' },
    });
  },
);

test('a table that is out of reach is an error: nobody passes, and nobody is told that the key is wrong', async () => {
  const failing = createAuthorize({ findKey: async () => Promise.reject(new Error('down')) });
  await expect(failing({ identitySource: ['sk_good'] })).rejects.toThrow('down');
});
