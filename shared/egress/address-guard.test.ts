import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressGuard, parseRanges } from './address-guard.ts';

const guard = createAddressGuard('', []);

const refused: readonly (readonly [string, RegExp])[] = [
  ['0.0.0.0', /unspecified/],
  ['0.1.2.3', /unspecified/],
  ['10.0.0.1', /private/],
  ['10.255.255.255', /private/],
  ['100.64.0.1', /carrier-grade/],
  ['100.127.255.255', /carrier-grade/],
  ['127.0.0.1', /loopback/],
  ['127.255.255.254', /loopback/],
  ['169.254.0.1', /link-local/],
  ['172.16.0.1', /private/],
  ['172.31.255.255', /private/],
  ['192.0.0.1', /reserved/],
  ['192.0.2.1', /reserved/],
  ['192.88.99.1', /reserved/],
  ['192.168.0.1', /private/],
  ['198.18.0.1', /reserved/],
  ['198.19.255.255', /reserved/],
  ['198.51.100.1', /reserved/],
  ['203.0.113.1', /reserved/],
  ['224.0.0.1', /multicast/],
  ['239.255.255.255', /multicast/],
  ['240.0.0.1', /reserved/],
  ['255.255.255.255', /broadcast/],
  ['::', /unspecified/],
  ['::1', /loopback/],
  ['::127.0.0.1', /loopback/],
  ['::7f00:1', /reserved/],
  ['::808:808', /reserved/],
  ['::ffff:127.0.0.1', /loopback/],
  ['::ffff:7f00:1', /loopback/],
  ['::ffff:10.1.2.3', /private/],
  ['::ffff:0:127.0.0.1', /reserved/],
  ['64:ff9b::127.0.0.1', /loopback/],
  ['64:ff9b::a00:1', /private/],
  ['64:ff9b:1::808:808', /reserved/],
  ['64:ff9b:1:a9fe:a9:fe00:808:808', /reserved/],
  ['100::1', /reserved/],
  ['2001::1', /reserved/],
  ['2001:2::1', /reserved/],
  ['2001:10::1', /reserved/],
  ['2001:20::1', /reserved/],
  ['2001:db8::1', /reserved/],
  ['2002:7f00:1::', /reserved/],
  ['2002:808:808::', /reserved/],
  ['3fff::1', /reserved/],
  ['4000::1', /reserved/],
  ['5f00::1', /reserved/],
  ['fc00::1', /private/],
  ['fd12:3456::1', /private/],
  ['fe80::1', /link-local/],
  ['fe80::1%eth0', /link-local/],
  ['fec0::1', /reserved/],
  ['ff02::1', /multicast/],
  ['[::1]', /loopback/],
  ['localhost', /no IP address/],
  ['', /no IP address/],
];

const allowed = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

const metadata = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:0ec2:0:0:0:0:0:254',
  'fd00:ec2::23',
  '::ffff:169.254.169.254',
  '64:ff9b::169.254.169.254',
];

describe('a deployment that allows no range', () => {
  test.each(refused)('refuses %s', (address, reason) => {
    expect(guard(address)).toMatch(reason);
  });

  test.each(allowed)('reaches the public address %s', (address) => {
    expect(guard(address)).toBeUndefined();
  });

  test.each([
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f000001/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://0xa9.0xfe.0xa9.0xfe/', '169.254.169.254'],
    ['http://[::ffff:7f00:1]/', '[::ffff:7f00:1]'],
    ['http://①②⑦.⓪.⓪.①/', '127.0.0.1'],
  ])('refuses the disguised literal %s, which a URL reads as %s', (url, hostname) => {
    expect(new URL(url).hostname).toBe(hostname);
    expect(guard(hostname)).toBeDefined();
  });

  test('refuses an IPv4 address in every IPv6 form in which it refuses the address itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const verdict = guard(address) === undefined;
        expect(guard(`::ffff:${address}`) === undefined).toBe(verdict);
        expect(guard(`64:ff9b::${address}`) === undefined).toBe(verdict);
      }),
    );
  });
});

describe('a deployment that allows ranges', () => {
  const everything = createAddressGuard('0.0.0.0/0, ::/0', ['10.0.0.1']);

  test.each(metadata)('refuses the metadata address %s even inside an allowed range', (address) => {
    expect(everything(address)).toMatch(/metadata/);
  });

  test.each([
    ['127.0.0.0/8,10.0.0.0/8', '127.0.0.1', true],
    ['127.0.0.0/8,10.0.0.0/8', '::ffff:10.2.3.4', true],
    ['127.0.0.0/8,10.0.0.0/8', '192.168.0.1', false],
    ['127.0.0.0/8,10.0.0.0/8', '::1', false],
    ['fd00::/8', 'fd00::5', true],
    ['fd00::/8', '10.0.0.1', false],
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
  ])('%s: %s is reached: %s', (ranges, address, reached) => {
    expect(createAddressGuard(ranges, [])(address) === undefined).toBe(reached);
  });

  test('refuses what is no range, naming it', () => {
    expect(() => parseRanges('10.0.0.0/8, 10.0.0.1')).toThrow('"10.0.0.1" is no CIDR range');
    expect(() => parseRanges('10.0.0.0/33')).toThrow('10.0.0.0/33');
    expect(parseRanges(' , ')).toEqual([]);
  });
});

describe('the addresses of the machine itself', () => {
  test.each(['52.1.2.3', '::ffff:52.1.2.3', '2600:1f18::5'])('%s is refused although public', (address) => {
    expect(createAddressGuard('', ['52.1.2.3', '2600:1f18::5'])(address)).toMatch(/this machine/);
  });

  test('are reached when the deployment allows their range', () => {
    expect(createAddressGuard('52.1.2.0/24', ['52.1.2.3'])('52.1.2.3')).toBeUndefined();
  });
});
