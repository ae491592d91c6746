import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../local/sqs/open-queues.ts';
import { openTestQueues, receiveNow, sendBodies } from './open-test-queues.ts';

const many = (count: number, word: string) => Array.from({ length: count }, (_, index) => `${word} ${index}`);
const bodiesOf = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body);

describe('fair queues', () => {
  let queues: ReturnType<typeof openTestQueues>;
  beforeEach(() => {
    queues = openTestQueues();
    queues.createQueue('q');
  });
  afterEach(() => queues.close());

  it("a group's backlog of 1000 does not delay another group's single message", async () => {
    sendBodies(queues, 'q', many(1_000, 'noisy'), 'noisy');
    expect(bodiesOf(await receiveNow(queues, 'q'))).toEqual(many(10, 'noisy'));
    sendBodies(queues, 'q', ['single'], 'quiet');
    expect(bodiesOf(await receiveNow(queues, 'q', 1))).toEqual(['single']);
  });

  it('a message without a group is not delayed either', async () => {
    sendBodies(queues, 'q', many(1_000, 'noisy'), 'noisy');
    await receiveNow(queues, 'q');
    sendBodies(queues, 'q', ['alone']);
    expect(bodiesOf(await receiveNow(queues, 'q', 1))).toEqual(['alone']);
  });

  it('groups take turns of ten messages, so that a batch holds few groups', async () => {
    for (const group of ['a', 'b']) sendBodies(queues, 'q', many(15, group), group);
    const batches = [10, 10, 10].map((max) => receiveNow(queues, 'q', max));
    expect((await Promise.all(batches)).map(bodiesOf)).toEqual([
      many(10, 'a'),
      many(10, 'b'),
      [...many(15, 'a').slice(10), ...many(15, 'b').slice(10)],
    ]);
  });

  it('the group with the fewest tens in flight comes first', async () => {
    sendBodies(queues, 'q', many(10, 'a'), 'a');
    const inFlight = await receiveNow(queues, 'q', 10);
    sendBodies(queues, 'q', ['a 10', 'a 11'], 'a');
    sendBodies(queues, 'q', ['b 0', 'b 1'], 'b');
    expect(bodiesOf(await receiveNow(queues, 'q', 1))).toEqual(['b 0']);
    queues.deleteBatch(
      'q',
      inFlight.map(({ receiptHandle }) => receiptHandle),
    );
    expect(bodiesOf(await receiveNow(queues, 'q', 3))).toEqual(['a 10', 'a 11', 'b 1']);
  });

  it('messages without a group, and those of one group, keep their order', async () => {
    sendBodies(queues, 'q', many(10, 'x'));
    expect(bodiesOf(await receiveNow(queues, 'q'))).toEqual(many(10, 'x'));
    sendBodies(queues, 'q', many(10, 'y'), 'y');
    expect(bodiesOf(await receiveNow(queues, 'q'))).toEqual(many(10, 'y'));
  });

  it('a message that came back waits behind the others of its group', async () => {
    sendBodies(queues, 'q', ['first', 'second'], 'g');
    const [first] = await receiveNow(queues, 'q', 1);
    queues.changeVisibilityBatch('q', [
      { receiptHandle: first?.receiptHandle ?? '', visibilityTimeoutSeconds: 0 },
    ]);
    expect(bodiesOf(await receiveNow(queues, 'q'))).toEqual(['second', 'first']);
  });
});
