import { outputBytesMax } from '../../shared/limits.ts';

/** The beginning of an output. */
export interface Output {
  /** Takes the next piece; keeps a copy of what there is room for. */
  add(piece: Uint8Array): void;
  /** What came so far, up to one byte more than the ledger keeps, which tells that there was more. */
  bytes(): Buffer;
}

const bytesMax = outputBytesMax + 1;

export function createOutput(): Output {
  const pieces: Buffer[] = [];
  let kept = 0;
  return {
    add(piece) {
      if (kept >= bytesMax) return;
      const part = Buffer.from(piece.subarray(0, bytesMax - kept));
      pieces.push(part);
      kept += part.length;
    },
    bytes: () => Buffer.concat(pieces),
  };
}
