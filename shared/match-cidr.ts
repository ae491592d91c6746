interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A network such as `10.0.0.0/8` or `fd00::/8`. */
export interface Cidr {
  readonly bits: 32 | 128;
  readonly network: bigint;
  readonly prefixLength: number;
}

const decimalOctet = /^(?:0|[1-9]\d{0,2})$/;
const hexGroup = /^[0-9a-f]{1,4}$/i;

function parseV4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  let value = 0n;
  for (const octet of octets) {
    if (!decimalOctet.test(octet) || Number(octet) > 255) return undefined;
    value = value * 256n + BigInt(octet);
  }
  return value;
}

function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const pieces = text.split(':');
  for (const [at, piece] of pieces.entries()) {
    const dotted = at === pieces.length - 1 && piece.includes('.') ? parseV4(piece) : undefined;
    if (dotted !== undefined) groups.push(dotted >> 16n, dotted & 0xffffn);
    else if (hexGroup.test(piece)) groups.push(BigInt(`0x${piece}`));
    else return undefined;
  }
  return groups;
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

function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const v6 = text.includes(':') ? parseV6(text) : undefined;
  return v6 === undefined ? undefined : { bits: 128, value: v6 };
}

/** Reads a network in CIDR notation; undefined when it is none. Bits behind the prefix are ignored, as in EventBridge. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf('/');
  const address = parseAddress(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (slash === -1 || address === undefined || !decimalOctet.test(prefix)) return undefined;
  const prefixLength = Number(prefix);
  if (prefixLength > address.bits) return undefined;
  const shift = BigInt(address.bits - prefixLength);
  return { bits: address.bits, network: address.value >> shift, prefixLength };
}

/** Is the text an address of that family inside the network? Anything that is no address is outside. */
export function isInCidr(cidr: Cidr, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined || address.bits !== cidr.bits) return false;
  return address.value >> BigInt(cidr.bits - cidr.prefixLength) === cidr.network;
}
