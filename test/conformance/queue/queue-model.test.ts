import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelledQueue, type ModelledQueue } from './modelled-queue.ts';
import { openTestQueues, receiveNow, sendBodies } from './open-test-queues.ts';

type Act = (queue: ModelledQueue) => void | Promise<void>;

const seconds = fc.constantFrom(0, 1, 5, 30);
const nth = fc.nat(50);
const groupId = fc.constantFrom(undefined, 'a', 'b');
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 5 }), delaySeconds: seconds, groupId }).map(
    (messages): Act =>
      (queue) =>
        queue.send(messages),
  ),
  fc.record({ max: fc.integer({ min: 1, max: 10 }), timeout: seconds }).map(
    (wish): Act =>
      (queue) =>
        queue.receive(wish),
  ),
  nth.map(
    (one): Act =>
      (queue) =>
        queue.delete(one),
  ),
  fc.tuple(nth, seconds).map(
    ([one, timeout]): Act =>
      (queue) =>
        queue.changeVisibility(one, timeout),
  ),
  nth.map(
    (one): Act =>
      (queue) =>
        queue.giveBack(one),
  ),
  fc.constantFrom(0.5, 1, 10, 60).map(
    (by): Act =>
      (queue) =>
        queue.advance(by),
  ),
  fc.constant<Act>((queue) => queue.reopen()),
);

describe('the embedded queue against a model', () => {
  let folder: string;
  let runs = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'queues-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('in whatever order it is used, it loses no message, serves none twice at a time, and deletes none by an old receipt', async () => {
    expect.hasAssertions();
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60, size: 'max' }), async (acts) => {
        const queue = createModelledQueue(join(folder, `${runs++}.sqlite`));
        for (const perform of acts) await perform(queue);
        await queue.finish();
      }),
      { numRuns: 300 },
    );
  });

  it('however many receive at once, each message goes to one of them', async () => {
    const queues = openTestQueues();
    queues.createQueue('q');
    const sent = sendBodies(
      queues,
      'q',
      Array.from({ length: 500 }, (_, index) => `${index}`),
    );
    const received = (await Promise.all(Array.from({ length: 100 }, () => receiveNow(queues, 'q')))).flat();
    expect(new Set(received.map(({ messageId }) => messageId))).toEqual(new Set(sent));
    expect(received).toHaveLength(500);
    queues.close();
  });
});
