import { setTimeout as wait } from 'node:timers/promises';
import { codeOfCause, describeCause } from '../client/send-request.ts';
import type { Fetch } from '../client/send-request.ts';
import { decideOutcome, describeFailure } from '../shared/retry.ts';
import type { AttemptResult } from '../shared/retry.ts';
import { signedHeaders } from '../shared/signature.ts';
import type { Signing } from '../shared/signature.ts';

/** An event as it is forwarded. */
export interface Forwarded {
  readonly id: string;
  readonly eventName: string;
  readonly body: string;
}

interface Dependencies {
  readonly url: URL;
  readonly signing: Signing;
  /** Tries after the first. */
  readonly retries: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Told of each attempt, and in how many seconds the next one follows. */
  readonly onAttempt: (event: Forwarded, result: AttemptResult, retryInSeconds: number | undefined) => void;
}

export const pauseFor = (ms: number, signal: AbortSignal): Promise<unknown> =>
  wait(ms, undefined, { signal });

/** Posts an event as a webhook would, with its signatures and its retries. Answers whether it arrived. */
export function createForwardEvent(dependencies: Dependencies) {
  const { url, signing, retries, timeoutSeconds, signal, now, random, fetch, pause, onAttempt } =
    dependencies;

  const post = async (event: Forwarded): Promise<AttemptResult> => {
    const startedAt = now();
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: signedHeaders(event, signing, startedAt),
        body: event.body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
      });
      await response.body?.cancel();
      return {
        kind: 'answered',
        status: response.status,
        retryAfter: response.headers.get('retry-after') ?? undefined,
        instruction: response.headers.get('webhook-delivery') ?? undefined,
        body: '',
        durationMs: now() - startedAt,
      };
    } catch (error) {
      const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
      const code = codeOfCause(error);
      return {
        kind: 'failed',
        errorClass: isTimeout
          ? 'timeout'
          : code === 'ECONNREFUSED'
            ? 'connection_refused'
            : 'connection_error',
        message: isTimeout ? `no answer within ${timeoutSeconds} s` : describeCause(error),
        durationMs: now() - startedAt,
      };
    }
  };

  return async (event: Forwarded): Promise<boolean> => {
    for (let retriesMade = 0; ; retriesMade++) {
      const result = await post(event);
      if (signal.aborted) return false;
      const retrying = { retry_count: retries };
      const outcome = decideOutcome(result, { retriesMade, retrying, nowMs: now(), random: random() });
      if (outcome.state !== 'retrying') {
        onAttempt(event, result, undefined);
        return outcome.state === 'delivered';
      }
      onAttempt(event, result, outcome.delaySeconds);
      await pause(outcome.delaySeconds * 1000, signal).catch(() => undefined);
      if (signal.aborted) return false;
    }
  };
}

/** How an attempt went, in a few words. */
export const describeAttempt = (result: AttemptResult): string =>
  describeFailure(result) ?? (result.kind === 'answered' ? String(result.status) : '');
