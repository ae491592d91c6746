/** Tells on stderr what is going on, so that stdout holds the tables alone. */
export interface Progress {
  /** Replaces the line on a terminal; elsewhere at most one line a second is written. */
  update(text: string): void;
  clear(): void;
}

const linePauseMs = 1_000;

export function createProgress(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  now: () => number,
): Progress {
  let writtenAt = Number.NEGATIVE_INFINITY;
  if (stream.isTTY === true) {
    return {
      update: (text) => stream.write(`\r\u001B[K${text}`),
      clear: () => stream.write('\r\u001B[K'),
    };
  }
  return {
    update: (text) => {
      if (now() - writtenAt < linePauseMs) return;
      writtenAt = now();
      stream.write(`${text}\n`);
    },
    clear: () => undefined,
  };
}
