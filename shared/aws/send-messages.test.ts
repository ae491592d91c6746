import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import { queueBatchBytesMax, queueBatchEntriesMax } from '../limits.ts';
import { sendMessages, splitIntoBatches } from './send-messages.ts';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}
const entriesOf = (call: Record<string, unknown> | undefined) => (call?.['Entries'] ?? []) as Entry[];
const messages = (count: number) => Array.from({ length: count }, (_, i) => ({ body: `m${i}` }));

/** Reports the messages as failed whose bodies `fails` names. */
const failing =
  (fails: (body: string, call: number) => boolean) => (input: Record<string, unknown>, call: number) => {
    const failed = entriesOf(input).filter(({ MessageBody }) => fails(MessageBody, call));
    return {
      Successful: [],
      Failed: failed.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
    };
  };

describe('splitting into batches', () => {
  test('keeps order, loses nothing, and stays within ten messages and 1 MiB', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: queueBatchBytesMax }), { maxLength: 40 }), (sizes) => {
        const all = sizes.map((size, i) => ({ body: 'x'.repeat(size), i }));
        const batches = splitIntoBatches(all);
        expect(batches.flat()).toEqual(all);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(queueBatchEntriesMax);
          expect(batch.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(
            queueBatchBytesMax,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  test('counts bytes, not characters', () => {
    const body = '€'.repeat(200_000);
    expect(splitIntoBatches([{ body }, { body }]).map((batch) => batch.length)).toEqual([1, 1]);
  });
});

describe('sending', () => {
  test('hands on body, group and delay, under ids that differ', async () => {
    const { client, calls } = fakeClient(() => ({}));
    const sent = [{ body: 'a', groupId: 'wh_1', delaySeconds: 4 }, { body: 'b' }];
    await expect(sendMessages(client, 'url', sent, noPause)).resolves.toEqual([]);
    expect(calls[0]).toMatchObject({
      QueueUrl: 'url',
      Entries: [{ MessageBody: 'a', MessageGroupId: 'wh_1', DelaySeconds: 4 }, { MessageBody: 'b' }],
    });
    expect(new Set(entriesOf(calls[0]).map(({ Id }) => Id)).size).toBe(2);
  });

  test('of nothing makes no call', async () => {
    const { client, calls } = fakeClient(() => ({}));
    await expect(sendMessages(client, 'url', [], noPause)).resolves.toEqual([]);
    expect(calls).toEqual([]);
  });

  test('sends again, alone, what a batch answer reports as failed', async () => {
    const { client, calls } = fakeClient(failing((body, call) => body === 'm1' && call === 0));
    await expect(sendMessages(client, 'url', messages(3), noPause)).resolves.toEqual([]);
    expect(calls.map((call) => entriesOf(call).map(({ MessageBody }) => MessageBody))).toEqual([
      ['m0', 'm1', 'm2'],
      ['m1'],
    ]);
  });

  test('answers exactly the messages that keep failing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 25 }), fc.func(fc.boolean()), async (count, fails) => {
        const all = messages(count);
        const { client } = fakeClient(failing((body) => fails(body)));
        const rest = await sendMessages(client, 'url', all, noPause);
        expect(rest).toEqual(all.filter(({ body }) => fails(body)));
      }),
      { numRuns: 30 },
    );
  });

  test('passes on that the queue cannot be reached at all', async () => {
    const { client } = fakeClient(() => {
      throw new Error('out of reach');
    });
    await expect(sendMessages(client, 'url', messages(1), noPause)).rejects.toThrow('out of reach');
  });
});
