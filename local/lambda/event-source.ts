import { setTimeout as wait } from 'node:timers/promises';
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

/**
 * Polls a queue and invokes the function with its batches, at most `concurrencyMax` at a time. What failed stays in
 * flight until its visibility timeout, as on AWS; what succeeded is deleted.
 */
export function startEventSource(options: {
  readonly queue: PolledQueue;
  readonly target: LocalFunction;
  readonly batchSize: number;
  readonly concurrencyMax: number;
  readonly reportsBatchItemFailures: boolean;
  readonly log: Log;
}): EventSource {
  const { queue, target, log } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

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

  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
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
      const batch: Promise<void> = work(records)
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
