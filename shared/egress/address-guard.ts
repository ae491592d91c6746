import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

/** Says why an address may not be reached; undefined when it may. */
export type AddressGuard = (address: string) => string | undefined;

/**
 * Addresses where clouds answer credentials and user data to whoever asks. No setting opens them.
 * AWS (IMDS and ECS, v4 and v6), Azure, Alibaba, Oracle.
 */
const metadataAddresses = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
]);

/** Names of the ranges that no public receiver lives in, in the words of IANA's registries. */
const rangeNames: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a carrier-grade NAT address',
  unspecified: 'an unspecified address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
};

/** The one NAT64 prefix whose last 32 bits are always the IPv4 address; RFC 8215's 64:ff9b:1::/48 may lay it elsewhere. */
const nat64 = ipaddr.IPv6.parse('64:ff9b::');
/** All that IANA has given out for public IPv6; ipaddr.js calls the rest unicast too, such as `::127.0.0.1`. */
const globalUnicast = ipaddr.IPv6.parse('2000::');

/** The address itself: an IPv4 address that is mapped or translated into IPv6 counts as the IPv4 address. */
function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(bare)) return undefined;
  const address = ipaddr.process(bare);
  if (address instanceof ipaddr.IPv6 && address.match(nat64, 96)) {
    return new ipaddr.IPv4(address.toByteArray().slice(-4));
  }
  return address;
}

/** Reads a comma-separated list of CIDR ranges. Throws an error that names the entry which is none. */
export function parseRanges(text: string): Cidr[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      if (!ipaddr.isValidCIDR(entry)) throw new Error(`"${entry}" is no CIDR range such as 10.0.0.0/8`);
      return ipaddr.parseCIDR(entry);
    });
}

const isIn = (address: Address, [network, bits]: Cidr): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

const readOwnAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .map(({ address }) => address);

/**
 * Makes the guard against request forgery: only public addresses pass, and the ranges that the deployment allows
 * by name.
 * @param allowedRanges comma-separated CIDR ranges
 * @param ownAddresses addresses of this machine's interfaces, refused like private ones
 */
export function createAddressGuard(
  allowedRanges: string,
  ownAddresses: readonly string[] = readOwnAddresses(),
): AddressGuard {
  const allowed = parseRanges(allowedRanges);
  const own = new Set(ownAddresses.map((text) => parseAddress(text)?.toString()));
  return (text) => {
    const address = parseAddress(text);
    if (address === undefined) return `${text} is no IP address`;
    if (metadataAddresses.has(address.toString())) return `${text} is a cloud metadata address`;
    if (allowed.some((range) => isIn(address, range))) return undefined;
    if (own.has(address.toString())) return `${text} is an address of this machine`;
    const range = address.range();
    const isGlobal = address instanceof ipaddr.IPv4 || address.match(globalUnicast, 3);
    if (range === 'unicast' && isGlobal) return undefined;
    return `${text} is ${rangeNames[range] ?? 'a reserved address'}`;
  };
}
