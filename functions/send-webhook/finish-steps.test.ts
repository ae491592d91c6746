import { describe, expect, test } from 'vitest';
import { aSender, attemptsMade, event, received } from '../../test/builders/a-sender.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import type { WebhookNews } from '../../shared/aws/webhook-table.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { AttemptResult } from '../../shared/retry.ts';

describe('hook_executed', () => {
  test('is published once for every finished delivery, and never while one is retried', async () => {
    const { send, published } = aSender({ wh_b: 404, wh_c: 500 });
    await send([
      received('wh_a'),
      received('wh_b'),
      received('wh_c'),
      received('wh_c', { event: anEvent({ id: 'e2' }), attempts: attemptsMade(3) }),
    ]);
    expect(published.map(({ event_name, data }) => [event_name, data['webhook_id'], data['state']])).toEqual([
      ['hook_executed', 'wh_a', 'delivered'],
      ['hook_executed', 'wh_b', 'refused'],
      ['hook_executed', 'wh_c', 'exhausted'],
    ]);
    expect(published[0]?.data).toMatchObject({ success: true, event_name: 'subtitle_downloaded' });
    expect(new Set(published.map(({ id }) => id)).size).toBe(3);
  });

  test('is not published for what was parked or filtered without an attempt', async () => {
    const { send, published, webhooks } = aSender();
    webhooks['wh_off'] = { enabled: false };
    await send([received('wh_off'), received('wh_deleted')]);
    expect(published).toEqual([]);
  });

  test('that the bus does not take fails no delivery', async () => {
    const { send, log } = aSender(
      {},
      { publishEvents: async (events) => events.map((event) => ({ event, reason: 'Throttled' })) },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', failed: 1, reason: 'Throttled' }),
    );
  });

  test('that cannot be published at all fails no delivery', async () => {
    const { send, log } = aSender({}, { publishEvents: async () => Promise.reject(new Error('bus down')) });
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', failed: 1 }));
  });
});

describe('the counters', () => {
  test('take one write per webhook and batch, and whoever reads webhooks from memory is told what it answers', async () => {
    const { send, news, order, remembered } = aSender({ wh_b: 404 });
    await send([received('wh_b', event('1')), received('wh_b', event('2')), received('wh_a', event('3'))]);
    expect(order.filter((step) => step === 'counters')).toHaveLength(2);
    expect(news).toMatchObject({
      wh_b: { tally: { finished: 2, trailingFailures: 2, anySuccess: false, last: { statusCode: 404 } } },
      wh_a: { tally: { finished: 1, trailingFailures: 0, anySuccess: true } },
    });
    expect(remembered.map(({ id }) => id).sort()).toEqual(['wh_a', 'wh_b']);
  });

  test('count an attempt that is tried again as no failed delivery, and know nothing of what was not attempted', async () => {
    const { send, news, webhooks } = aSender({ wh_c: 500 });
    webhooks['wh_off'] = { enabled: false };
    await send([
      received('wh_c'),
      received('wh_off', { attempts: attemptsMade(1) }),
      received('wh_deleted', { attempts: attemptsMade(1) }),
    ]);
    expect(Object.keys(news)).toEqual(['wh_c']);
    expect(news['wh_c']?.tally).toMatchObject({ finished: 0, trailingFailures: 0, failedAttempts: 1 });
  });

  test.each<[AttemptResult, Partial<WebhookNews>]>([
    [
      { kind: 'answered', status: 429, retryAfter: '30', body: '', durationMs: 1 },
      { slowDownMs: 30_000, disable: undefined },
    ],
    [
      { kind: 'answered', status: 502, retryAfter: undefined, body: '', durationMs: 1 },
      { slowDownMs: 0, disable: undefined },
    ],
    [
      { kind: 'answered', status: 410, retryAfter: undefined, body: '', durationMs: 1 },
      { slowDownMs: undefined, disable: expect.stringMatching(/410 Gone/) },
    ],
    [
      {
        kind: 'answered',
        status: 200,
        retryAfter: undefined,
        instruction: 'disable',
        body: '',
        durationMs: 1,
      },
      { slowDownMs: undefined, disable: expect.stringMatching(/webhook-delivery: disable/) },
    ],
  ])('are told what a receiver asks for: %j', async (answer, expected) => {
    const { send, news } = aSender({ wh_a: answer });
    await send([received('wh_a')]);
    expect(news['wh_a']).toMatchObject(expected);
  });

  test('that cannot be written of one webhook keep those of no other from being written before the batch is done', async () => {
    const written: string[] = [];
    const { send, log } = aSender(
      {},
      {
        health: {
          record: async ({ id }) => {
            if (id === 'wh_a') throw new Error('throttled');
            await new Promise((resolve) => {
              setImmediate(resolve);
            });
            written.push(id);
            return undefined;
          },
          claimProbe: async () => undefined,
          markLate: async () => undefined,
        },
      },
    );
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual([]);
    expect(written).toEqual(['wh_b']);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ message: 'counters not written', endpoint_id: 'wh_a' }),
    );
  });

  test('that cannot be written fail no delivery and keep hook_executed from nobody', async () => {
    const { send, log, published } = aSender(
      {},
      {
        health: {
          record: async () => Promise.reject(new Error('down')),
          claimProbe: async () => undefined,
          markLate: async () => undefined,
        },
      },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'counters not written' }),
    );
    expect(published).toHaveLength(1);
  });
});

describe('a fault of ours', () => {
  test('in one delivery brings back that message alone', async () => {
    const { send, rows, log } = aSender({ wh_b: new Error('KMS out of reach') });
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual(['m-wh_b-']);
    expect(rows.map(({ endpoint_id }) => endpoint_id)).toEqual(['wh_a']);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', endpoint_id: 'wh_b' }));
  });

  test('in queueing brings back exactly the messages whose retry is not queued, and writes nothing of them', async () => {
    const { send, rows } = aSender(
      { wh_b: 500, wh_c: 500 },
      { queueDeliveries: async (_, messages) => messages.filter(({ groupId }) => groupId === 'wh_c') },
    );
    await expect(send([received('wh_a'), received('wh_b'), received('wh_c')])).resolves.toEqual(['m-wh_c-']);
    expect(rows.map(({ endpoint_id }) => endpoint_id).sort()).toEqual(['wh_a', 'wh_b']);
  });

  test('that the queue is out of reach brings back the retries, but nothing that was delivered', async () => {
    const { send, news, published, log } = aSender(
      { wh_b: 500 },
      { queueDeliveries: async () => Promise.reject(new Error('queue down')) },
    );
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual(['m-wh_b-']);
    expect(Object.keys(news)).toEqual(['wh_a']);
    expect(published).toHaveLength(1);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'deliveries not queued' }),
    );
  });

  test('that the ledger is out of reach brings back all that it was to know, and nothing is told of it', async () => {
    const { send, news, published, log } = aSender(
      { wh_b: 500 },
      {
        putDeliveries: async () => Promise.reject(new Error('ledger down')),
        advanceDeliveries: async () => Promise.reject(new Error('ledger down')),
      },
    );
    const waiting = received('wh_c', { not_before: noonMs + 5_000 });
    const failed = await send([received('wh_a'), received('wh_b'), waiting]);
    expect([...failed].sort()).toEqual(['m-wh_a-', 'm-wh_b-']);
    expect({ news, published }).toEqual({ news: {}, published: [] });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'ledger not written', failed: 2 }),
    );
  });

  test.each<[what: string, refused: string, failed: string[], told: string[]]>([
    ['arrived', 'delivered', ['m-wh_a-'], ['exhausted', 'refused']],
    ['came to an end', 'refused', ['m-wh_b-'], ['delivered', 'exhausted']],
    ['is retried', 'retrying', ['m-wh_c-'], ['delivered', 'exhausted', 'refused']],
  ])(
    'that the ledger does not take what %s brings back that alone: the others are counted and told of',
    async (_what, refused, failed, told) => {
      const write = async (rows: readonly Delivery[]): Promise<void> => {
        if (rows.some(({ state }) => state === refused)) throw new Error('throttled');
      };
      const { send, news, published, log } = aSender(
        { wh_b: 404, wh_c: 500, wh_d: 500 },
        { putDeliveries: write, advanceDeliveries: write },
      );
      const messages = [received('wh_a'), received('wh_b'), received('wh_c')];
      const last = received('wh_d', { attempts: attemptsMade(3) });
      await expect(send([...messages, last])).resolves.toEqual(failed);
      expect(published.map(({ data }) => String(data['state'])).sort()).toEqual(told);
      expect(Object.keys(news)).toHaveLength(3);
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'error', message: 'ledger not written', failed: 1 }),
      );
    },
  );

  test('that the batch cannot be read brings all of it back before anything is posted', async () => {
    const { send, posts } = aSender({}, { readBatch: async () => Promise.reject(new Error('tables down')) });
    await expect(send([received('wh_a')])).rejects.toThrow('tables down');
    expect(posts).toEqual([]);
  });
});
