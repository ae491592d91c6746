import { setTimeout as wait } from 'node:timers/promises';
import type { SendToTarget } from '../eventbridge/event-buses.ts';
import type { LocalFunction } from './local-function.ts';

/** How a function is invoked when nobody waits for its answer. */
export interface AsyncInvocation {
  /** Retries after the first attempt. */
  readonly retriesMax: number;
  /** Takes the record of an invocation that failed for good. */
  readonly onFailure: SendToTarget | undefined;
}

// AWS waits one and two minutes; a box has no throttling to wait out.
const retryDelaysMs = [1_000, 2_000];

function failureRecord(
  target: LocalFunction,
  payload: unknown,
  attempts: number,
  error: unknown,
  time: Date,
): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: time.toISOString(),
    requestContext: {
      functionArn: `${target.arn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: attempts,
    },
    requestPayload: payload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: error,
  });
}

/** A rule's target that is a function: taken when it succeeded, or when its failure lies in the failure queue. */
export function createInvokeAsync(options: {
  readonly target: LocalFunction;
  readonly invocation: AsyncInvocation;
  readonly now: () => Date;
  /** Aborted when the stack stops: what fails then was not taken, and its sender keeps it. */
  readonly stopping: AbortSignal;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}): SendToTarget {
  const { target, invocation, stopping } = options;
  const pause = options.pause ?? ((ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined));

  const invokeOne = async (input: string): Promise<string | undefined> => {
    const payload: unknown = JSON.parse(input);
    for (let attempt = 1; ; attempt += 1) {
      const result = await target.invoke(payload);
      if (result.ok) return undefined;
      if (stopping.aborted) return `${target.label} failed while the stack was stopping`;
      if (attempt <= invocation.retriesMax) {
        await pause(retryDelaysMs[attempt - 1] ?? 0, stopping);
        continue;
      }
      if (invocation.onFailure === undefined) return undefined;
      const record = failureRecord(target, payload, attempt, result.error, options.now());
      return (await invocation.onFailure([record]))[0];
    }
  };
  return (inputs) => Promise.all(inputs.map(invokeOne));
}
