import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain, openTestQueues, receiveNow, sendBodies } from './open-test-queues.ts';

const day = 86_400;

describe('time in a queue', () => {
  let queues: ReturnType<typeof openTestQueues>;
  beforeEach(() => {
    queues = openTestQueues();
  });
  afterEach(() => queues.close());

  const deadLetters = (maxReceiveCount: number, deadAttributes = {}) => {
    const { arn } = queues.createQueue('dead', deadAttributes);
    return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount }) };
  };

  it('a message is invisible for exactly the visibility timeout, then counts one receive more', async () => {
    queues.createQueue('q', { VisibilityTimeout: '30' });
    sendBodies(queues, 'q', ['x']);
    await receiveNow(queues, 'q');
    queues.clock.advance(29.999);
    expect(await receiveNow(queues, 'q')).toEqual([]);
    queues.clock.advance(0.001);
    expect(await receiveNow(queues, 'q')).toMatchObject([{ body: 'x', receiveCount: 2 }]);
  });

  it('a heartbeat keeps a message invisible from the moment it is sent', async () => {
    queues.createQueue('q', { VisibilityTimeout: '30' });
    sendBodies(queues, 'q', ['x']);
    const [message] = await receiveNow(queues, 'q');
    for (let beat = 0; beat < 3; beat++) {
      queues.clock.advance(20);
      queues.changeVisibilityBatch('q', [
        { receiptHandle: message?.receiptHandle ?? '', visibilityTimeoutSeconds: 30 },
      ]);
    }
    queues.clock.advance(29.999);
    expect(queues.counts('q')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    queues.clock.advance(0.001);
    expect(queues.counts('q')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  it("a message's own delay goes before the queue's", async () => {
    queues.createQueue('q', { DelaySeconds: '100' });
    queues.send('q', [
      { body: 'of the queue' },
      { body: 'own', delaySeconds: 900 },
      { body: 'none', delaySeconds: 0 },
    ]);
    const visibleAt = async (seconds: number) => {
      queues.clock.advance(seconds);
      return (await drain(queues, 'q')).map(({ body }) => body);
    };
    expect(await visibleAt(0)).toEqual(['none']);
    expect(await visibleAt(99.999)).toEqual([]);
    expect(await visibleAt(0.001)).toEqual(['of the queue']);
    expect(await visibleAt(799.999)).toEqual([]);
    expect(await visibleAt(0.001)).toEqual(['own']);
  });

  it.each(['visible', 'in flight', 'delayed'])(
    'a message that is %s goes when its retention is over',
    async (state) => {
      queues.createQueue('q', { MessageRetentionPeriod: '60', VisibilityTimeout: '43200' });
      queues.send('q', [{ body: 'x', delaySeconds: state === 'delayed' ? 900 : 0 }]);
      const received = state === 'in flight' ? await receiveNow(queues, 'q') : [];
      queues.clock.advance(59.999);
      expect(Object.values(queues.counts('q')).reduce((sum, count) => sum + count)).toBe(1);
      queues.clock.advance(0.001);
      expect(queues.counts('q')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      expect(
        queues.deleteBatch(
          'q',
          received.map(({ receiptHandle }) => receiptHandle),
        ),
      ).toEqual(received.map(() => ({ outcome: 'outdated' })));
      queues.clock.advance(day);
      expect(queues.clock.timers()).toBe(0);
    },
  );

  it('a shorter retention holds for messages that are there already', async () => {
    queues.createQueue('q');
    sendBodies(queues, 'q', ['old']);
    queues.clock.advance(100);
    sendBodies(queues, 'q', ['young']);
    queues.setAttributes('q', { MessageRetentionPeriod: '60' });
    expect(await receiveNow(queues, 'q')).toMatchObject([{ body: 'young' }]);
  });

  it('a dead letter keeps its sent time, and its retention runs from there', async () => {
    queues.createQueue('q', deadLetters(1, { MessageRetentionPeriod: `${14 * day}` }));
    sendBodies(queues, 'q', ['poison']);
    const sentAt = queues.clock.now();
    queues.clock.advance(3 * day);
    await receiveNow(queues, 'q');
    queues.clock.advance(60);
    expect(await receiveNow(queues, 'q')).toEqual([]);
    expect(await receiveNow(queues, 'dead')).toMatchObject([{ body: 'poison', sentAt, receiveCount: 2 }]);
    queues.clock.advance(11 * day);
    expect(queues.counts('dead')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('a message given up before its visibility timeout was over is visible in the dead-letter queue at once', async () => {
    queues.createQueue('q', { VisibilityTimeout: '43200', ...deadLetters(1) });
    sendBodies(queues, 'q', ['poison']);
    const [message] = await receiveNow(queues, 'q');
    queues.changeVisibilityBatch('q', [
      { receiptHandle: message?.receiptHandle ?? '', visibilityTimeoutSeconds: 0 },
    ]);
    await receiveNow(queues, 'q');
    expect(queues.counts('dead')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  it("receives in an earlier queue do not count for a dead-letter queue's own policy", async () => {
    queues.createQueue('grave');
    queues.createQueue('q', { VisibilityTimeout: '10', ...deadLetters(3) });
    queues.setAttributes('dead', {
      VisibilityTimeout: '10',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queues.describe('grave').arn,
        maxReceiveCount: 2,
      }),
    });
    sendBodies(queues, 'q', ['poison']);
    for (let count = 1; count <= 3; count++) {
      expect(await receiveNow(queues, 'q')).toMatchObject([{ receiveCount: count }]);
      queues.clock.advance(10);
    }
    expect(await receiveNow(queues, 'q')).toEqual([]);
    for (let count = 4; count <= 5; count++) {
      expect(await receiveNow(queues, 'dead')).toMatchObject([{ receiveCount: count }]);
      queues.clock.advance(10);
    }
    expect(await receiveNow(queues, 'dead')).toEqual([]);
    expect(queues.counts('grave').visible).toBe(1);
  });

  it('without its dead-letter queue a message is delivered on', async () => {
    queues.createQueue('q', { VisibilityTimeout: '1', ...deadLetters(1) });
    queues.deleteQueue('dead');
    sendBodies(queues, 'q', ['poison']);
    await receiveNow(queues, 'q');
    queues.clock.advance(1);
    expect(await receiveNow(queues, 'q')).toMatchObject([{ receiveCount: 2 }]);
  });

  it('a message put back by a move task starts anew: it may fail as often as before', async () => {
    queues.createQueue('q', { VisibilityTimeout: '1', ...deadLetters(1) });
    sendBodies(queues, 'q', ['poison'], 'wh_1');
    await receiveNow(queues, 'q');
    queues.clock.advance(1);
    await receiveNow(queues, 'q');
    queues.startMoveTask({ source: 'dead' });
    queues.clock.advance(0);
    expect(await receiveNow(queues, 'q')).toMatchObject([
      {
        body: 'poison',
        groupId: 'wh_1',
        receiveCount: 1,
        deadLetterSourceArn: undefined,
        sentAt: queues.clock.now(),
      },
    ]);
  });

  it('a move task keeps its rate', async () => {
    queues.createQueue('q', { VisibilityTimeout: '1', ...deadLetters(1) });
    sendBodies(
      queues,
      'q',
      Array.from({ length: 100 }, (_, index) => `${index}`),
    );
    await receiveNow(queues, 'q', 100);
    queues.clock.advance(1);
    await receiveNow(queues, 'q', 100);
    queues.startMoveTask({ source: 'dead', messagesPerSecond: 15 });
    queues.clock.advance(2);
    const moved = queues.counts('q').visible;
    expect(moved).toBeGreaterThanOrEqual(26);
    expect(moved).toBeLessThanOrEqual(30);
    queues.clock.advance(10);
    expect(queues.listMoveTasks('dead', 1)).toMatchObject([{ status: 'COMPLETED', moved: 100, toMove: 100 }]);
  });

  it('a move task whose destination is deleted fails and says why', async () => {
    queues.createQueue('q', { VisibilityTimeout: '1', ...deadLetters(1) });
    queues.createQueue('other');
    sendBodies(queues, 'q', ['a', 'b']);
    await receiveNow(queues, 'q');
    queues.clock.advance(1);
    await receiveNow(queues, 'q');
    queues.startMoveTask({ source: 'dead', destination: 'other', messagesPerSecond: 1 });
    queues.clock.advance(1);
    queues.deleteQueue('other');
    queues.clock.advance(1);
    expect(queues.listMoveTasks('dead', 1)).toMatchObject([
      { status: 'FAILED', moved: 1, failure: 'AWS.SimpleQueueService.NonExistentQueue' },
    ]);
    expect(queues.counts('dead').visible).toBe(1);
  });
});
