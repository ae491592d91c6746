import { describe, expect, test } from 'vitest';
import { startEventSource } from './event-source.ts';
import type { InvocationResult, LocalFunction } from './local-function.ts';
import type { PolledQueue, SqsRecord } from './polled-queue.ts';
import { readBatchAnswer } from './read-batch-answer.ts';

function record(messageId: string): SqsRecord {
  return {
    messageId,
    receiptHandle: `handle-${messageId}`,
    body: '{}',
    md5OfBody: '',
    attributes: {},
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn',
    awsRegion: 'us-east-1',
  };
}

/** A queue whose batches a test hands out; each receive waits for the next one. */
function createFakeQueue() {
  const batches: SqsRecord[][] = [];
  const deleted: string[] = [];
  let wake: () => void = () => undefined;
  const queue: PolledQueue = {
    receive: async (_, signal) => {
      while (batches.length === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      return batches.shift() ?? [];
    },
    delete: (records) => {
      deleted.push(...records.map((each) => each.messageId));
      return [];
    },
  };
  const hand = (...ids: string[]): void => {
    batches.push(ids.map(record));
    wake();
  };
  return { queue, deleted, hand };
}

function createFakeFunction(invoke: (payload: unknown) => Promise<InvocationResult>): LocalFunction {
  return { name: 'fn', arn: 'arn', label: 'fn', timeoutSeconds: 3, invoke };
}

const succeed = (payload: unknown): InvocationResult => ({ ok: true, payload, requestId: 'r' });
const crash: InvocationResult = {
  ok: false,
  error: { errorType: 'Error', errorMessage: 'boom' },
  requestId: 'r',
};

function start(
  queue: PolledQueue,
  invoke: (payload: unknown) => Promise<InvocationResult>,
  concurrencyMax = 2,
  windows: { batchingWindowMs?: number } = {},
) {
  return startEventSource({
    rushWindowMs: 0,
    queue,
    target: createFakeFunction(invoke),
    batchSize: 10,
    concurrencyMax,
    batchingWindowMs: 0,
    ...windows,
    reportsBatchItemFailures: true,
    log: () => undefined,
  });
}

describe('messages leave the queue when, and only when, they were processed', () => {
  test.each([
    ['no answer', succeed(null), ['a', 'b']],
    ['an empty list', succeed({ batchItemFailures: [] }), ['a', 'b']],
    ['one named failure', succeed({ batchItemFailures: [{ itemIdentifier: 'a' }] }), ['b']],
    ['an unknown id', succeed({ batchItemFailures: [{ itemIdentifier: 'z' }] }), []],
    ['a malformed answer', succeed({ batchItemFailures: 'all' }), []],
    ['a crash', crash, []],
  ])('%s', async (_, result, expected) => {
    const { queue, deleted, hand } = createFakeQueue();
    const invoked = Promise.withResolvers<undefined>();
    const source = start(queue, async () => {
      invoked.resolve(undefined);
      return result;
    });
    hand('a', 'b');
    await invoked.promise;
    await source.stop();
    expect(deleted).toEqual(expected);
  });

  test.each([
    [undefined, []],
    [null, []],
    [{}, []],
    [{ batchItemFailures: null }, []],
    [{ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'a' }] }, ['a']],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }, ['a', 'b']],
    [{ batchItemFailures: [{ itemIdentifier: null }] }, ['a', 'b']],
    [{ batchItemFailures: [{ itemidentifier: 'a' }] }, ['a', 'b']],
    ['text', ['a', 'b']],
  ])('the answer %j means that %j failed', (payload, failed) => {
    expect([...readBatchAnswer(payload, ['a', 'b'])]).toEqual(failed);
  });
});

describe('a poller', () => {
  test('runs as many batches at a time as allowed, and takes no more meanwhile', async () => {
    const { queue, deleted, hand } = createFakeQueue();
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<undefined>());
    const started = Array.from({ length: 3 }, () => Promise.withResolvers<undefined>());
    let count = 0;
    let running = 0;
    let runningMost = 0;
    const source = start(queue, async () => {
      const at = count;
      count += 1;
      running += 1;
      runningMost = Math.max(runningMost, running);
      started[at]?.resolve(undefined);
      await gates[at]?.promise;
      running -= 1;
      return succeed(null);
    });
    for (const id of ['a', 'b', 'c']) hand(id);
    await started[1]?.promise;
    expect(count).toBe(2);
    gates[0]?.resolve(undefined);
    await started[2]?.promise;
    gates[1]?.resolve(undefined);
    gates[2]?.resolve(undefined);
    await source.stop();
    expect(runningMost).toBe(2);
    expect(deleted.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('gathers a full batch within its window, and does not wait for the window then', async () => {
    const { queue, hand } = createFakeQueue();
    const sizes: number[] = [];
    const two = Promise.withResolvers<undefined>();
    const source = start(
      queue,
      async (payload) => {
        sizes.push((payload as { Records: unknown[] }).Records.length);
        if (sizes.length === 2) two.resolve(undefined);
        return succeed(null);
      },
      2,
      { batchingWindowMs: 60_000 },
    );
    for (let id = 0; id < 20; id++) hand(String(id));
    await two.promise;
    await source.stop();
    expect(sizes).toEqual([10, 10]);
  });

  test('finishes the batch in hand when it is stopped', async () => {
    const { queue, deleted, hand } = createFakeQueue();
    const started = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    const source = start(queue, async () => {
      started.resolve(undefined);
      await gate.promise;
      return succeed(null);
    });
    hand('a');
    await started.promise;
    const stopped = source.stop();
    gate.resolve(undefined);
    await stopped;
    expect(deleted).toEqual(['a']);
  });
});
