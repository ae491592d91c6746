/** An address such as `10.0.0.1` or `fd00::1`. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A network such as `10.0.0.0/8` or `fd00::/8`. */
export interface Cidr {
  readonly bits: 32 | 128;
  readonly network: bigint;
  readonly prefixLength: number;
}

const octetPattern = /^\d+$/;
const groupPattern = /^[0-9a-f]{1,4}$/i;
const prefixPattern = /^(?:0|[1-9]\d{0,2})$/;
/** `::ffff:0:0/96` holds the IPv4 addresses. */
const mappedPrefix = 0xffffn;

function parseV4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  let value = 0n;
  for (const octet of octets) {
    if (!octetPattern.test(octet) || Number(octet) > 255) return undefined;
    value = value * 256n + BigInt(octet);
  }
  return value;
}

function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => groupPattern.test(group))
    ? groups.map((group) => BigInt(`0x${group}`))
    : undefined;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (halves.length > 2 || head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => value * 0x10000n + group, 0n);
}

/**
 * Reads an address as event-ruler does: octets are decimal whatever zeros lead them, `::ffff:a00:1` is the IPv4
 * address that it maps, and IPv6 with a dotted tail is no address.
 */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const v6 = text.includes(':') ? parseV6(text) : undefined;
  if (v6 === undefined) return undefined;
  return v6 >> 32n === mappedPrefix ? { bits: 32, value: v6 & 0xffffffffn } : { bits: 128, value: v6 };
}

/**
 * Reads a network in CIDR notation; bits behind the prefix are ignored. Answers the reason as a sentence when the
 * text is none. Like EventBridge, it takes no network of one address, which is matched by the address itself.
 */
export function parseCidr(text: string): Cidr | { readonly problem: string } {
  const slash = text.lastIndexOf('/');
  const address = parseAddress(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  const prefixLength = Number(prefix);
  if (slash === -1 || address === undefined || !prefixPattern.test(prefix) || prefixLength > address.bits)
    return { problem: `${JSON.stringify(text)} is not a CIDR range` };
  if (prefixLength === address.bits)
    return { problem: `${JSON.stringify(text)} is one address: match it without the /${prefix}` };
  const shift = BigInt(address.bits - prefixLength);
  return { bits: address.bits, network: address.value >> shift, prefixLength };
}

/** Is the text an address of that family inside the network? Anything that is no address is outside. */
export function isInCidr(cidr: Cidr, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined || address.bits !== cidr.bits) return false;
  return address.value >> BigInt(cidr.bits - cidr.prefixLength) === cidr.network;
}

/** Is the text that same address, however it is written? */
export function isSameAddress(address: Address, text: string): boolean {
  const other = parseAddress(text);
  return other !== undefined && other.bits === address.bits && other.value === address.value;
}
