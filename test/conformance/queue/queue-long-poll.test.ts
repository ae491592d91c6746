import { setImmediate as nextTurn } from 'node:timers/promises';
import { SQSClient, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createSqsService } from '../../../local/sqs/sqs-service.ts';
import { listenForSqs } from './listen-for-sqs.ts';
import { drain, openTestQueues, receiveNow, sendBodies } from './open-test-queues.ts';

const answerSchema = z.object({ Messages: z.array(z.object({ MessageId: z.string() })).default([]) });
const byText = (one: string, other: string) => (one < other ? -1 : 1);
const QueueUrl = 'http://127.0.0.1/000000000000/q';

describe('long polls', () => {
  let queues: ReturnType<typeof openTestQueues>;
  beforeEach(() => {
    queues = openTestQueues();
    queues.createQueue('q', { VisibilityTimeout: '43200' });
  });
  afterEach(() => queues.close());

  const poll = (max = 1) => queues.receive('q', { max, waitMs: 20_000 });

  it('one message wakes the poll that has waited longest, and no other', async () => {
    const polls = [poll(), poll(), poll()];
    sendBodies(queues, 'q', ['x']);
    expect(await polls[0]).toMatchObject([{ body: 'x' }]);
    queues.clock.advance(20);
    expect(await Promise.all(polls.slice(1))).toEqual([[], []]);
  });

  it('a batch goes to as few polls as hold it', async () => {
    const polls = [poll(10), poll(10), poll(10)];
    sendBodies(
      queues,
      'q',
      Array.from({ length: 12 }, (_, index) => `${index}`),
    );
    expect((await polls[0])?.length).toBe(10);
    expect((await polls[1])?.length).toBe(2);
    queues.clock.advance(20);
    expect(await polls[2]).toEqual([]);
  });

  it('a poll ends empty exactly when its time is over, and leaves nothing behind', async () => {
    let ended = false;
    const waiting = poll().then((messages) => {
      ended = true;
      return messages;
    });
    queues.clock.advance(19.999);
    await Promise.resolve();
    expect(ended).toBe(false);
    queues.clock.advance(0.001);
    expect(await waiting).toEqual([]);
    expect(queues.clock.timers()).toBe(0);
  });

  it('a delayed message wakes a poll when its delay is over', async () => {
    queues.send('q', [{ body: 'later', delaySeconds: 7 }]);
    const waiting = poll();
    queues.clock.advance(7);
    expect(await waiting).toMatchObject([{ body: 'later' }]);
  });

  it('a message whose visibility timeout ends wakes a poll, also when the timeout was shortened', async () => {
    sendBodies(queues, 'q', ['x']);
    const [message] = await receiveNow(queues, 'q');
    const waiting = poll();
    queues.changeVisibilityBatch('q', [
      { receiptHandle: message?.receiptHandle ?? '', visibilityTimeoutSeconds: 5 },
    ]);
    queues.clock.advance(5);
    expect(await waiting).toMatchObject([{ body: 'x', receiveCount: 2 }]);
  });

  it('a message that moves to a dead-letter queue wakes a poll there', async () => {
    const { arn } = queues.createQueue('dead');
    queues.setAttributes('q', {
      VisibilityTimeout: '5',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 }),
    });
    sendBodies(queues, 'q', ['poison']);
    await receiveNow(queues, 'q');
    const onDead = queues.receive('dead', { max: 1, waitMs: 20_000 });
    const onSource = poll();
    queues.clock.advance(5);
    expect(await onDead).toMatchObject([{ body: 'poison' }]);
    queues.clock.advance(20);
    expect(await onSource).toEqual([]);
  });

  it('polls end empty when their queue is deleted and when the queues are closed', async () => {
    queues.createQueue('other');
    const onDeleted = poll();
    const onClosed = queues.receive('other', { max: 1, waitMs: 20_000 });
    queues.deleteQueue('q');
    queues.close();
    expect(await Promise.all([onDeleted, onClosed])).toEqual([[], []]);
    expect(queues.clock.timers()).toBe(0);
  });

  it('an aborted poll ends empty at once and takes nothing', async () => {
    const caller = new AbortController();
    const aborted = queues.receive('q', { max: 1, waitMs: 20_000, signal: caller.signal });
    const other = poll();
    caller.abort();
    expect(await aborted).toEqual([]);
    sendBodies(queues, 'q', ['x']);
    expect(await other).toMatchObject([{ body: 'x' }]);
  });

  it('a call whose signal aborted before takes nothing', async () => {
    sendBodies(queues, 'q', ['x']);
    expect(await queues.receive('q', { max: 1, waitMs: 0, signal: AbortSignal.abort() })).toEqual([]);
    expect(queues.counts('q').visible).toBe(1);
  });

  it('a long-lived signal keeps no listener of a poll that ended', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = Object.assign(Object.create(null), { aborted: false });
    const watched: AbortSignal = new Proxy(signal, {
      get(target, property) {
        if (property === 'addEventListener') return () => void listeners++;
        if (property === 'removeEventListener') return () => void listeners--;
        return property in counted ? counted[property] : Reflect.get(target, property, target);
      },
    });
    const polls = Array.from({ length: 5 }, () =>
      queues.receive('q', { max: 1, waitMs: 20_000, signal: watched }),
    );
    sendBodies(queues, 'q', ['a', 'b']);
    queues.clock.advance(20);
    await Promise.all(polls);
    expect(listeners).toBe(0);
  });

  it('a message taken for a caller that left in the same turn is visible at once, and the receive does not count', async () => {
    const { operations } = createSqsService({ queues, baseUrl: () => 'http://127.0.0.1' });
    const caller = new AbortController();
    const answer = operations['ReceiveMessage']?.(
      { QueueUrl, WaitTimeSeconds: 20 },
      { signal: caller.signal },
    );
    sendBodies(queues, 'q', ['x']);
    // The poll has its message by now, and the caller's leaving is one of the events that wait in this turn.
    for (let microtask = 0; microtask < 20; microtask++) await Promise.resolve();
    caller.abort();
    expect(await answer).toEqual({});
    expect(await receiveNow(queues, 'q')).toMatchObject([{ body: 'x', receiveCount: 1 }]);
  });

  it('however polls are aborted, every message is answered to a caller that stayed or is visible', async () => {
    const { operations } = createSqsService({ queues, baseUrl: () => 'http://127.0.0.1' });
    const act = fc.constantFrom('poll', 'send', 'abort', 'microtask', 'turn');
    const plan = fc.array(fc.record({ act, nth: fc.nat(20) }), { maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        queues.purgeQueue('q');
        const callers: { caller: AbortController; answer: Promise<unknown> }[] = [];
        const sent: string[] = [];
        for (const { act, nth } of steps) {
          if (act === 'poll') {
            const caller = new AbortController();
            const input = { QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: (nth % 10) + 1 };
            const answer = operations['ReceiveMessage']?.(input, { signal: caller.signal });
            callers.push({ caller, answer: answer ?? Promise.resolve() });
          }
          if (act === 'send') sent.push(...sendBodies(queues, 'q', ['x', 'y'].slice(nth % 2)));
          if (act === 'abort') callers[nth % Math.max(callers.length, 1)]?.caller.abort();
          if (act === 'microtask') await Promise.resolve();
          if (act === 'turn') await nextTurn();
        }
        queues.clock.advance(20);
        const answers = await Promise.all(callers.map(({ answer }) => answer));
        const answered = answers.flatMap((answer) => answerSchema.parse(answer).Messages);
        const visible = await drain(queues, 'q');
        const accounted = [
          ...answered.map(({ MessageId }) => MessageId),
          ...visible.map((message) => message.messageId),
        ];
        expect(accounted.toSorted(byText)).toEqual(sent.toSorted(byText));
        expect(visible.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('a poll over HTTP whose connection breaks takes nothing', async () => {
    const endpoint = await listenForSqs((baseUrl) => createSqsService({ queues, baseUrl }));
    const sqs = new SQSClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      endpoint: endpoint.url,
      maxAttempts: 1,
    });
    try {
      const url = `${endpoint.url}/000000000000/q`;
      const callers = Array.from({ length: 8 }, () => new AbortController());
      const arrived = callers.map(() => endpoint.arrived());
      const polls = callers.map(({ signal }) =>
        sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), { abortSignal: signal }),
      );
      await Promise.all(arrived);
      const gone = callers.map(() => endpoint.gone());
      for (const caller of callers) caller.abort();
      await Promise.all([...gone, ...polls.map((aborted) => expect(aborted).rejects.toThrow('abort'))]);
      sendBodies(queues, 'q', ['x']);
      expect(await receiveNow(queues, 'q')).toMatchObject([{ body: 'x', receiveCount: 1 }]);
    } finally {
      sqs.destroy();
      await endpoint.close();
    }
  });
});
