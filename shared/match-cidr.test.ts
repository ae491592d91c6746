import { assert, integer, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { isInCidr, parseCidr } from './match-cidr.ts';

function isIn(range: string, address: string): boolean | undefined {
  const cidr = parseCidr(range);
  return cidr === undefined ? undefined : isInCidr(cidr, address);
}

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['192.0.2.1/32', '192.0.2.2', false],
  ['::/0', 'fe80::1', true],
  ['fc00::/7', 'fdff:ffff::', true],
  ['fc00::/7', 'fe00::', false],
  ['2001:db8::/32', '2001:db8:0:0:0:0:0:1', true],
  ['::ffff:0:0/96', '::ffff:192.0.2.1', true],
  ['10.0.0.0/8', '::ffff:10.0.0.1', false],
  ['10.0.0.0/8', '010.0.0.1', false],
  ['10.0.0.0/8', '10.0.0', false],
  ['10.0.0.0/8', 'no address', false],
] as const)('%s holds %s: %s', (range, address, expected) => {
  expect(isIn(range, address)).toBe(expected);
});

test.each([
  '10.0.0.0',
  '10.0.0.0/33',
  '10.0.0.256/8',
  '::/129',
  '1::2::3/64',
  '1:2:3:4:5:6:7::8/64',
  'x/8',
  '10.0.0.0/08',
  '/8',
])('%s is no network', (range) => {
  expect(parseCidr(range)).toBeUndefined();
});

test('every address is in the network of any length around itself', () => {
  const octet = integer({ min: 0, max: 255 });
  assert(
    property(tuple(octet, octet, octet, octet), integer({ min: 0, max: 32 }), (octets, prefixLength) => {
      const address = octets.join('.');
      expect(isIn(`${address}/${prefixLength}`, address)).toBe(true);
    }),
  );
});
