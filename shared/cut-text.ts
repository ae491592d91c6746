import { outputBytesMax } from './limits.ts';

/** Text from the first bytes of a stream, cut at a character border. */
export interface CutText {
  readonly text: string;
  readonly truncated: boolean;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * The first `maxBytes` bytes as text. A UTF-8 character that the cut would split is left out whole; bytes that are
 * no UTF-8 become U+FFFD.
 */
export function cutText(bytes: Uint8Array, maxBytes: number = outputBytesMax): CutText {
  if (bytes.length <= maxBytes) return { text: Buffer.from(bytes).toString('utf8'), truncated: false };
  let end = maxBytes;
  // A character has three continuation bytes at most: more are binary, and cut where they stand.
  while (end > Math.max(maxBytes - 3, 0) && isContinuation(bytes[end])) end--;
  if (isContinuation(bytes[end])) end = maxBytes;
  return { text: Buffer.from(bytes.subarray(0, end)).toString('utf8'), truncated: true };
}
