import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { describeError } from '../start-error.ts';
import type { LocalFunction } from './local-function.ts';
import type { PolledQueue, SqsRecord } from './polled-queue.ts';
import { readBatchAnswer } from './read-batch-answer.ts';

/** The poller of one event source mapping. */
export interface EventSource {
  /** Takes no more messages, and resolves when the batches in hand are done. */
  stop(): Promise<void>;
}

const pauseAfterErrorMs = 1_000;
/** Batches that follow each other faster than this, in milliseconds, are gathered for a moment: fuller ones cost less. */
const rushMs = 2;
const rushWindowMsDefault = 5;

/**
 * Polls a queue and invokes the function with its batches, at most `concurrencyMax` at a time. What failed stays in
 * flight until its visibility timeout, as on AWS; what succeeded is deleted.
 */
export function startEventSource(options: {
  readonly queue: PolledQueue;
  readonly target: LocalFunction;
  readonly batchSize: number;
  readonly concurrencyMax: number;
  /** How long to gather a fuller batch after its first message, in milliseconds; 0 for not at all. */
  readonly batchingWindowMs: number;
  /** The same while batches follow each other closely. */
  readonly rushWindowMs?: number;
  readonly reportsBatchItemFailures: boolean;
  readonly log: Log;
}): EventSource {
  const { queue, target, log, rushWindowMs = rushWindowMsDefault } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  /** When the last batch was complete, in milliseconds. */
  let takenAt = -Infinity;

  const work = async (records: readonly SqsRecord[]): Promise<void> => {
    const result = await target.invoke({ Records: records });
    if (!result.ok) return;
    const ids = records.map((record) => record.messageId);
    const failed = options.reportsBatchItemFailures
      ? readBatchAnswer(result.payload, ids)
      : new Set<string>();
    const done = records.filter((record) => !failed.has(record.messageId));
    const problems = done.length === 0 ? [] : queue.delete(done);
    for (const problem of problems) {
      log({
        level: 'warn',
        source: target.label,
        message: `a processed message was not deleted: ${problem}`,
      });
    }
  };

  const report = (error: unknown): void => {
    log({ level: 'error', source: target.label, message: `polling its queue: ${describeError(error)}` });
  };

  /** What comes within the window, up to a full batch. */
  const gather = async (first: readonly SqsRecord[]): Promise<readonly SqsRecord[]> => {
    const isRush = performance.now() - takenAt < rushMs;
    const windowMs = Math.max(options.batchingWindowMs, isRush ? rushWindowMs : 0);
    if (windowMs === 0 || first.length >= options.batchSize) return first;
    const over = AbortSignal.any([stopping.signal, AbortSignal.timeout(windowMs)]);
    const records = [...first];
    while (records.length < options.batchSize && !over.aborted) {
      records.push(...(await queue.receive(options.batchSize - records.length, over)));
    }
    return records;
  };

  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // All functions share this process: what has answered goes on before more is begun, or every answer is late.
      await nextTurn();
      if (running.size >= options.concurrencyMax) {
        await Promise.race(running);
        continue;
      }
      const records = await queue
        .receive(options.batchSize, stopping.signal)
        .catch(async (error: unknown) => {
          if (stopping.signal.aborted) return [];
          report(error);
          await wait(pauseAfterErrorMs, undefined, { signal: stopping.signal }).catch(() => undefined);
          return [];
        });
      if (records.length === 0) continue;
      const gathered = await gather(records);
      takenAt = performance.now();
      const batch: Promise<void> = work(gathered)
        .catch(report)
        .finally(() => running.delete(batch));
      running.add(batch);
    }
  };

  const polling = poll();
  return {
    stop: async () => {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };
}
