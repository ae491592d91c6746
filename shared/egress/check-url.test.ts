import { expect, test } from 'vitest';
import { createAddressGuard } from './address-guard.ts';
import { findUrlProblem } from './check-url.ts';

const guard = createAddressGuard('', []);
const addresses: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['8.8.8.8', '2606:4700::1111'],
  'private.example': ['10.0.0.1'],
  'mixed.example': ['8.8.8.8', '192.168.0.1'],
};
const resolve = async (hostname: string) => {
  const found = addresses[hostname];
  if (found === undefined) throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
  return found.map((address) => ({ address }));
};

test.each([
  ['https://public.example/hook', undefined],
  ['https://private.example/hook', '10.0.0.1 is a private address'],
  ['https://mixed.example/hook', '192.168.0.1 is a private address'],
  ['https://not-yet.example/hook', undefined],
])('%s of an injected resolver: %s', async (url, problem) => {
  await expect(findUrlProblem(url, guard, resolve)).resolves.toBe(problem);
});

test.each([
  ['http://127.0.0.1:8080/', '127.0.0.1 is a loopback address'],
  ['http://2130706433/', '127.0.0.1 is a loopback address'],
  ['http://[::1]/', '::1 is a loopback address'],
  ['http://[::ffff:a9fe:a9fe]/', '::ffff:a9fe:a9fe is a cloud metadata address'],
  ['http://8.8.8.8/', undefined],
])('the literal %s is judged without asking a name server: %s', async (url, problem) => {
  await expect(findUrlProblem(url, guard)).resolves.toBe(problem);
});
