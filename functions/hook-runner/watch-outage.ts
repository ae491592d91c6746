/** A service that the worker cannot do without was out of reach for too long. */
export class OutageError extends Error {
  override readonly name = 'OutageError';
}

/** Consecutive failures of one service. */
export interface OutageWatch {
  succeeded(): void;
  /** Throws `OutageError` once failures have gone on for `outageMsMax` with no success between them. */
  failed(error: unknown): void;
}

/** Less than messages are held for: a script must be dead before its message can be in other hands. */
export const outageMsMax = 60_000;

export function watchOutage(service: string, now: () => number): OutageWatch {
  let since: number | undefined;
  return {
    succeeded() {
      since = undefined;
    },
    failed(error) {
      since ??= now();
      const lastedMs = now() - since;
      if (lastedMs < outageMsMax) return;
      throw new OutageError(
        `${service} could not be reached for ${Math.round(lastedMs / 1000)} s; the worker ends, and the runs in its hands come back.`,
        { cause: error },
      );
    },
  };
}
