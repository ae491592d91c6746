import { assert, integer, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { isInCidr, isSameAddress, parseAddress, parseCidr } from './match-cidr.ts';

function isIn(range: string, address: string): boolean {
  const cidr = parseCidr(range);
  if ('problem' in cidr) throw new Error(cidr.problem);
  return isInCidr(cidr, address);
}

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['10.1.2.3/8', '10.0.0.0', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['192.0.2.0/31', '192.0.2.1', true],
  ['192.0.2.0/31', '192.0.2.2', false],
  ['::/0', 'fe80::1', true],
  ['fc00::/7', 'fdff:ffff::', true],
  ['fc00::/7', 'fe00::', false],
  ['fc00::/7', 'FD00::1', true],
  ['2001:db8::/32', '2001:db8:0:0:0:0:0:1', true],
  ['2400:6500:FF00::36FB:1F80/122', '2400:6500:ff00::36fb:1fbf', true],
  ['2400:6500:FF00::36FB:1F80/122', '2400:6500:ff00::36fb:1fc0', false],
  ['10.0.0.0/8', '::ffff:a00:1', true],
  ['::/0', '::ffff:a00:1', false],
  ['10.0.0.0/8', '::ffff:10.0.0.1', false],
  ['10.0.0.0/8', '010.0.0.1', true],
  ['10.0.0.0/8', '10.0.0', false],
  ['10.0.0.0/8', '10.0.0.256', false],
  ['10.0.0.0/8', 'no address', false],
] as const)('%s holds %s: %s', (range, address, expected) => {
  expect(isIn(range, address)).toBe(expected);
});

test.each([
  '10.0.0.0',
  '10.0.0.0/33',
  '10.0.0.256/8',
  '::/129',
  '::ffff:0:0/96',
  '1::2::3/64',
  '1:2:3:4:5:6:7::8/64',
  'x/8',
  '10.0.0.0/08',
  '/8',
])('%s is no network', (range) => {
  expect(parseCidr(range)).toEqual({ problem: `"${range}" is not a CIDR range` });
});

test.each([
  ['192.0.2.1/32', 'match it without the /32'],
  ['fd00::1/128', 'match it without the /128'],
])('%s is one address and no network', (range, problem) => {
  expect(parseCidr(range)).toEqual({ problem: expect.stringContaining(problem) });
});

test.each([
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['fd00::A', 'fd00::a', true],
  ['10.0.0.1', '10.0.0.01', true],
  ['10.0.0.1', '::ffff:a00:1', true],
  ['10.0.0.1', '10.0.0.2', false],
  ['0.0.0.1', '::1', false],
  ['::1', 'localhost', false],
])('%s is the address %s: %s', (one, other, expected) => {
  const address = parseAddress(one);
  expect(address !== undefined && isSameAddress(address, other)).toBe(expected);
});

test('every address is in the network of any length around itself', () => {
  const octet = integer({ min: 0, max: 255 });
  assert(
    property(tuple(octet, octet, octet, octet), integer({ min: 0, max: 31 }), (octets, prefixLength) => {
      const address = octets.join('.');
      expect(isIn(`${address}/${prefixLength}`, address)).toBe(true);
    }),
  );
});
