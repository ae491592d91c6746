type Payload = Readonly<Record<string, unknown>>;

/** A payload, and the names of the members that it had to leave out, largest first. */
export interface FittedPayload {
  readonly payload: Payload;
  readonly leftOut: readonly string[];
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const separatorBytes = 2;

/**
 * Leaves out the largest members of a payload, as few as it takes, until what remains has at most `bytesMax` bytes as
 * JSON: who sends but once would lose the whole of it otherwise.
 */
export function fitPayload(payload: Payload, bytesMax: number): FittedPayload {
  let excess = bytesOf(payload) - bytesMax;
  const leftOut: string[] = [];
  const members = Object.entries(payload).map(([key, value]) => ({
    key,
    bytes: bytesOf(key) + bytesOf(value ?? null) + separatorBytes,
  }));
  for (const { key, bytes } of members.sort((a, b) => b.bytes - a.bytes)) {
    if (excess <= 0) break;
    leftOut.push(key);
    // One separator fewer than counted at the last member.
    excess -= bytes - 1;
  }
  const kept = Object.entries(payload).filter(([key]) => !leftOut.includes(key));
  return { payload: leftOut.length === 0 ? payload : Object.fromEntries(kept), leftOut };
}
