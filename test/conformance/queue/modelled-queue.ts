import { expect } from 'vitest';
import type { Queues } from '../../../local/sqs/open-queues.ts';
import { createManualClock } from './manual-clock.ts';
import { drain, openTestQueues } from './open-test-queues.ts';

/** What the model knows of a message that is not deleted. */
interface Known {
  /** Not to be received before this time. */
  visibleAt: number;
  isInFlight: boolean;
  receiveCount: number;
  /** The handle of the latest receive, if that counts. */
  receiptHandle: string | undefined;
}

/** A receipt handle somebody was given once, with its message. */
interface Given {
  readonly id: string;
  readonly handle: string;
}

/** The embedded queue side by side with a model of what it promises; each act checks the one by the other. */
export interface ModelledQueue {
  send(messages: { count: number; delaySeconds: number; groupId: string | undefined }): void;
  receive(wish: { max: number; timeout: number }): Promise<void>;
  delete(nth: number): void;
  changeVisibility(nth: number, timeout: number): void;
  giveBack(nth: number): void;
  advance(seconds: number): void;
  reopen(): void;
  /** Every message that was not deleted is there once, and no other. */
  finish(): Promise<void>;
}

export function createModelledQueue(file: string): ModelledQueue {
  const clock = createManualClock();
  const open = (): Queues => openTestQueues(file, clock);
  let queues = open();
  queues.createQueue('q', { MessageRetentionPeriod: '1209600' });
  const known = new Map<string, Known>();
  const given: Given[] = [];

  const checkCounts = () => {
    for (const message of known.values()) if (message.visibleAt <= clock.now()) message.isInFlight = false;
    const messages = Array.from(known.values());
    expect(queues.counts('q')).toEqual({
      visible: messages.filter(({ visibleAt }) => visibleAt <= clock.now()).length,
      inFlight: messages.filter(({ isInFlight }) => isInFlight).length,
      delayed: messages.filter(({ visibleAt, isInFlight }) => visibleAt > clock.now() && !isInFlight).length,
    });
  };

  /** The message a handle still stands for. */
  const currentOf = ({ id, handle }: Given): Known | undefined => {
    const message = known.get(id);
    return message?.receiptHandle === handle ? message : undefined;
  };
  const inFlightOf = (receipt: Given): Known | undefined => {
    const message = currentOf(receipt);
    return message?.isInFlight === true ? message : undefined;
  };
  const withReceipt = (nth: number, act: (receipt: Given) => void) => {
    const receipt = given[nth % Math.max(given.length, 1)];
    if (receipt !== undefined) act(receipt);
    checkCounts();
  };
  const forgetReceive = (message: Known) => {
    message.visibleAt = clock.now();
    message.isInFlight = false;
    message.receiveCount--;
  };

  return {
    send({ count, delaySeconds, groupId }) {
      const sent = queues.send(
        'q',
        Array.from({ length: count }, () => ({ body: 'x', delaySeconds, groupId })),
      );
      const ids = sent.flatMap((each) => (each.outcome === 'sent' ? [each.messageId] : []));
      expect(ids).toHaveLength(count);
      const visibleAt = clock.now() + delaySeconds * 1_000;
      for (const id of ids)
        known.set(id, { visibleAt, isInFlight: false, receiveCount: 0, receiptHandle: undefined });
      checkCounts();
    },
    async receive({ max, timeout }) {
      const visible = Array.from(known.values()).filter(({ visibleAt }) => visibleAt <= clock.now()).length;
      const received = await queues.receive('q', { max, waitMs: 0, visibilityTimeoutSeconds: timeout });
      expect(received).toHaveLength(Math.min(max, visible));
      for (const { messageId, receiptHandle, receiveCount } of received) {
        const message = known.get(messageId);
        expect(message?.visibleAt).toBeLessThanOrEqual(clock.now());
        expect(receiveCount).toBe((message?.receiveCount ?? Number.NaN) + 1);
        known.set(messageId, {
          visibleAt: clock.now() + timeout * 1_000,
          isInFlight: true,
          receiveCount,
          receiptHandle,
        });
        given.push({ id: messageId, handle: receiptHandle });
      }
      expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(received.length);
      checkCounts();
    },
    delete: (nth) =>
      withReceipt(nth, (receipt) => {
        const isCurrent = currentOf(receipt) !== undefined;
        const [deleted] = queues.deleteBatch('q', [receipt.handle]);
        expect(deleted?.outcome === 'deleted').toBe(isCurrent);
        if (isCurrent) known.delete(receipt.id);
      }),
    changeVisibility: (nth, timeout) =>
      withReceipt(nth, (receipt) => {
        const message = inFlightOf(receipt);
        const [changed] = queues.changeVisibilityBatch('q', [
          { receiptHandle: receipt.handle, visibilityTimeoutSeconds: timeout },
        ]);
        expect(changed?.outcome).toBe(message === undefined ? 'refused' : 'changed');
        if (message !== undefined) message.visibleAt = clock.now() + timeout * 1_000;
      }),
    giveBack: (nth) =>
      withReceipt(nth, (receipt) => {
        const message = inFlightOf(receipt);
        queues.giveBack('q', [receipt.handle]);
        if (message === undefined) return;
        forgetReceive(message);
        message.receiptHandle = undefined;
      }),
    advance(seconds) {
      clock.advance(seconds);
      checkCounts();
    },
    reopen() {
      queues.close();
      queues = open();
      for (const message of known.values()) {
        message.receiptHandle = undefined;
        if (message.isInFlight) forgetReceive(message);
      }
      checkCounts();
    },
    async finish() {
      clock.advance(60);
      const left = await drain(queues, 'q');
      expect(new Set(left.map(({ messageId }) => messageId))).toEqual(new Set(known.keys()));
      expect(left).toHaveLength(known.size);
      queues.close();
    },
  };
}
