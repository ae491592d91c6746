import { describe, expect, test } from 'vitest';
import { aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aReceived } from '../../test/builders/a-received.ts';
import { anEvent } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { FlushMessage } from '../../shared/digest.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import { createOpenDigests, deliveryMessageSchema } from './open-digests.ts';

const flush = (token: string): FlushMessage => ({
  flush: { tenant: 'default', webhook_id: 'wh_01', digest_id: token, webhook_name: 'Library' },
  token,
});
const digest = { id: 'd1', part: 2, count: 7 };
const sent = anEvent({ id: 'latest' });
const gathered = aWebhookMessage({ digest, sent });

function world(overrides: Partial<Parameters<typeof createOpenDigests>[0]> = {}) {
  const calls: { readonly messages: readonly Received<WebhookMessage>[]; readonly lane: string }[] = [];
  const log = collectLog();
  const open = createOpenDigests({
    gatherDigest: async ({ token }) => {
      if (token === 'broken') throw new Error('no');
      return token === 'taken' ? undefined : gathered;
    },
    readSent: async () => sent,
    send: async (messages, lane) => {
      calls.push({ messages, lane });
      return [];
    },
    log,
    ...overrides,
  });
  return { open, calls, log };
}

describe('a message of the delivery queues', () => {
  test.each([
    ['a delivery', aWebhookMessage()],
    ['a delivery of a digest', gathered],
    ['a flush', flush('a')],
    ['the rest of a flush', { ...flush('a'), after: '2026#e1' }],
  ])('that is %s is read as it is', (_name, message) => {
    expect(deliveryMessageSchema.parse(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  test('that is neither is refused', () => {
    expect(deliveryMessageSchema.safeParse({ token: 'a' }).success).toBe(false);
  });
});

describe('a batch', () => {
  test('of deliveries is sent as it is, in one go', async () => {
    const { open, calls } = world();
    const messages = [
      aReceived(aWebhookMessage(), { messageId: 'm1' }),
      aReceived(gathered, { messageId: 'm2' }),
    ];
    await open(messages, 'slow');
    expect(calls).toEqual([{ messages, lane: 'slow' }]);
  });

  test('with digests sends the others without waiting for them', async () => {
    const gate = Promise.withResolvers<void>();
    const { open, calls } = world({
      gatherDigest: async () => {
        await gate.promise;
        return gathered;
      },
    });
    const single = aReceived(aWebhookMessage(), { messageId: 'm1' });
    const opening = open([aReceived(flush('a'), { messageId: 'm2' }), single], 'fast');
    expect(calls.map(({ messages }) => messages)).toEqual([[single]]);
    gate.resolve();
    await opening;
    expect(calls[1]?.messages).toEqual([aReceived(gathered, { messageId: 'm2' })]);
  });

  test('brings back the digests that cannot be gathered and those that cannot be sent, and no others', async () => {
    const { open, log } = world({
      send: async (messages) => messages.map(({ messageId }) => messageId).filter((id) => id === 'unsent'),
    });
    const failed = await open(
      [
        aReceived(flush('broken'), { messageId: 'broken' }),
        aReceived(flush('taken'), { messageId: 'taken' }),
        aReceived(flush('a'), { messageId: 'unsent' }),
        aReceived(flush('b'), { messageId: 'good' }),
      ],
      'fast',
    );
    expect(failed).toEqual(['broken', 'unsent']);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message_id: 'broken', error: new Error('no') }),
    );
  });

  test('whose digests others have sent posts nothing', async () => {
    const { open, calls } = world();
    await expect(open([aReceived(flush('taken'))], 'fast')).resolves.toEqual([]);
    expect(calls).toEqual([]);
  });

  test('with a digest that is sent anew by hand sends what was sent the first time', async () => {
    const asked: unknown[] = [];
    const { open, calls } = world({
      readSent: async (...given) => {
        asked.push(given);
        return sent;
      },
    });
    const anew = aWebhookMessage({ digest, round: 1 });
    await open([aReceived(anew)], 'fast');
    expect(asked).toEqual([[{ tenant: 'default', webhook_id: 'wh_01', digest_id: 'd1' }, 2]]);
    expect(calls[0]?.messages).toEqual([aReceived({ ...anew, sent })]);
  });
});
