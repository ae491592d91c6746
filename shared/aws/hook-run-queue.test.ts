import { SQSServiceException } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { openRunQueue } from './hook-run-queue.ts';

const url = 'http://queue/hook-runs';
const serviceError = (name: string) =>
  new SQSServiceException({ name, $fault: 'client', $metadata: {}, message: 'refused' });

describe('the queue of hook runs', () => {
  it('receives at most ten messages and hides them for a short while', async () => {
    const { client, calls } = fakeClient(() => ({
      Messages: [
        { MessageId: 'm1', ReceiptHandle: 'r1', Body: 'b1', Attributes: { ApproximateReceiveCount: '2' } },
      ],
    }));
    expect(await openRunQueue(client, url).receive(25, 20)).toEqual([
      { messageId: 'm1', receiptHandle: 'r1', body: 'b1', receives: 2 },
    ]);
    expect(calls[0]).toMatchObject({ MaxNumberOfMessages: 10, WaitTimeSeconds: 20, VisibilityTimeout: 45 });
  });

  it('answers no messages when there are none', async () => {
    const { client } = fakeClient(() => ({}));
    expect(await openRunQueue(client, url).receive(1, 0)).toEqual([]);
  });

  it('holds messages in batches of ten and answers those that are no longer ours', async () => {
    const { client, calls } = fakeClient((_, call) =>
      call === 0
        ? { Failed: [{ Id: '3', Code: 'ReceiptHandleIsInvalid', SenderFault: true }] }
        : { Successful: [] },
    );
    const handles = Array.from({ length: 12 }, (_, index) => `r${index}`);
    expect(await openRunQueue(client, url).hold(handles)).toEqual(['r3']);
    expect(calls.map(({ Entries }) => (Array.isArray(Entries) ? Entries.length : 0))).toEqual([10, 2]);
  });

  it('throws when SQS itself fails to hold some of a batch', async () => {
    const { client } = fakeClient(() => ({
      Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }],
    }));
    await expect(openRunQueue(client, url).hold(['r0'])).rejects.toThrow(
      'could not hold 1 messages: InternalError',
    );
  });

  it.each(['ReceiptHandleIsInvalid', 'MessageNotInflight', 'InvalidParameterValue'])(
    'takes %s as: the message is no longer ours',
    async (name) => {
      const { client } = fakeClient(() => {
        throw serviceError(name);
      });
      const queue = openRunQueue(client, url);
      expect(await queue.release('r1')).toBe(false);
    },
  );

  it('throws any other refusal', async () => {
    const { client } = fakeClient(() => {
      throw serviceError('RequestThrottled');
    });
    await expect(openRunQueue(client, url).release('r1')).rejects.toThrow('refused');
    await expect(openRunQueue(client, url).remove('r1')).rejects.toThrow('refused');
  });

  it('removes in batches of ten what is asked for at the same time, and tells which were no longer ours', async () => {
    const { client, calls } = fakeClient((_, call) =>
      call === 0 ? { Failed: [{ Id: '3', Code: 'ReceiptHandleIsInvalid', SenderFault: true }] } : {},
    );
    const queue = openRunQueue(client, url);
    const handles = Array.from({ length: 12 }, (_, index) => `r${index}`);
    const removed = await Promise.all(handles.map((handle) => queue.remove(handle)));
    expect(removed.map((isOurs, index) => (isOurs ? -1 : index)).filter((index) => index >= 0)).toEqual([3]);
    expect(calls.map(({ Entries }) => (Array.isArray(Entries) ? Entries.length : 0))).toEqual([10, 2]);
  });

  it('throws for the one message that SQS itself fails to remove', async () => {
    const { client } = fakeClient(() => ({
      Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
    }));
    const queue = openRunQueue(client, url);
    const [first, second] = await Promise.allSettled([queue.remove('r0'), queue.remove('r1')]);
    expect(first).toEqual({ status: 'fulfilled', value: true });
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('InternalError') },
    });
  });

  it('hands a message back at once, or after a delay', async () => {
    const { client, calls } = fakeClient(() => ({}));
    const queue = openRunQueue(client, url);
    expect(await queue.release('r1')).toBe(true);
    expect(await queue.release('r1', 30)).toBe(true);
    expect(calls.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([0, 30]);
  });

  it('counts what waits, what is delayed and what is in somebody’s hands', async () => {
    const { client } = fakeClient(() => ({
      Attributes: {
        ApproximateNumberOfMessages: '1',
        ApproximateNumberOfMessagesNotVisible: '20',
        ApproximateNumberOfMessagesDelayed: '300',
      },
    }));
    expect(await openRunQueue(client, url).count()).toEqual({ waiting: 1, left: 321 });
  });
});
