import { describe, expect, test } from 'vitest';
import { anAttempt, aDelivery } from '../test/builders/a-delivery.ts';
import { anEvent, noon, noonMs } from '../test/builders/an-event.ts';
import { hookMessageSchema, isOvertaken, webhookMessageSchema } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import type { EndpointId } from './ids.ts';
import { createSendAnew, earlierAttemptsMax } from './send-anew.ts';
import type { Sending } from './send-anew.ts';
import { SendAnewError } from './send-anew-error.ts';
import { createHookChannel, createWebhookChannel } from './send-channel.ts';

const audience = { version: 3, hooks: true, live: false };
const aSending = (delivery: Partial<Delivery> = {}, dueMs = noonMs): Sending => ({
  delivery: aDelivery(delivery),
  event: anEvent({ audience: { version: 1, hooks: false, live: false } }),
  round: (delivery.round ?? 0) + 1,
  dueMs,
});

async function send(
  sendings: readonly Sending[],
  {
    refused = 0,
    id = 'wh_01',
    noWorker = false,
  }: { refused?: number; id?: EndpointId; noWorker?: boolean } = {},
) {
  const steps: string[] = [];
  const queued: { body: string; groupId: string; delaySeconds: number }[] = [];
  const written: Delivery[] = [];
  const queue =
    (name: string) =>
    async <Message extends (typeof queued)[number]>(
      messages: readonly Message[],
    ): Promise<readonly Message[]> => {
      steps.push(name);
      queued.push(...messages.slice(refused));
      return messages.slice(0, refused);
    };
  const sending = createSendAnew({
    channels: {
      webhook: createWebhookChannel({
        findAudience: async () => audience,
        queueDeliveries: queue('queued'),
      }),
      hook: createHookChannel({
        queueRuns: queue('run queued'),
        ensureWorker: async () => {
          steps.push('worker');
          if (noWorker) throw new Error('no capacity');
        },
      }),
    },
    advanceDeliveries: async (deliveries) => {
      steps.push('written');
      written.push(...deliveries);
    },
    now: () => noonMs,
  })({ tenant: 'default', id }, sendings);
  const error = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { steps, queued, written, error };
}

describe('a delivery that is sent anew', () => {
  test('is queued before its row is written, in a round that overtakes whatever came of it', async () => {
    const before = aDelivery({ state: 'exhausted', round: 1 });
    const { steps, queued, written } = await send([aSending({ state: 'exhausted', round: 1 })]);
    expect(steps).toEqual(['queued', 'written']);
    expect(queued[0]).toMatchObject({ groupId: 'wh_01', delaySeconds: 0 });
    const message = webhookMessageSchema.parse(JSON.parse(queued[0]?.body ?? ''));
    expect(message).toMatchObject({ round: 2, attempts: before.attempts, attempts_before: 1 });
    expect(isOvertaken(message, before)).toBe(false);
    expect(written).toEqual([
      expect.objectContaining({ id: before.id, state: 'retrying', round: 2, retrying_until: noon }),
    ]);
    expect(written.every((row) => !isOvertaken(message, row))).toBe(true);
  });

  test('is judged by who listens now, not by who did when it was published', async () => {
    const { queued } = await send([aSending()]);
    expect(JSON.parse(queued[0]?.body ?? '').event.audience).toEqual(audience);
  });

  test('loses the reason of its end, and keeps the digest that it carries', async () => {
    const digest = { id: 'd', part: 1, count: 12 };
    const { queued, written } = await send([aSending({ state: 'parked', reason: 'disabled', digest })]);
    expect(written[0]).not.toHaveProperty('reason');
    expect(JSON.parse(queued[0]?.body ?? '')).toMatchObject({ digest });
    expect(written[0]).toMatchObject({ digest });
  });

  test('keeps only the last attempts of earlier rounds, so that its row does not outgrow the table', async () => {
    const attempts = Array.from({ length: earlierAttemptsMax + 5 }, (_, index) =>
      anAttempt({ duration_ms: index }),
    );
    const { queued, written } = await send([aSending({ attempts })]);
    expect(written[0]?.attempts).toEqual(attempts.slice(5));
    expect(JSON.parse(queued[0]?.body ?? '')).toMatchObject({ attempts_before: earlierAttemptsMax });
  });

  test('comes when it is due', async () => {
    const { queued } = await send([aSending({}, noonMs + 1500), aSending({}, noonMs + 10_000_000)]);
    expect(queued.map(({ delaySeconds }) => delaySeconds)).toEqual([2, 900]);
  });

  test('is not written as such when it could not be queued, and that is told', async () => {
    const second = aSending({ id: 'dlv_2' });
    const { written, error } = await send([aSending(), second], { refused: 1 });
    expect(written.map(({ id }) => id)).toEqual(['dlv_2']);
    expect(error).toEqual(new SendAnewError('queue', 'SQS did not take 1 of 2 deliveries'));
  });
});

describe('a run that is sent anew', () => {
  const aRun = (dueMs = noonMs): Sending => aSending({ endpoint_id: 'hk_01', state: 'exhausted' }, dueMs);

  test('is queued, then its row is written, and only then it is seen that a worker is up', async () => {
    const { steps, queued, written } = await send([aRun()], { id: 'hk_01' });
    expect(steps).toEqual(['run queued', 'written', 'worker']);
    const message = hookMessageSchema.parse(JSON.parse(queued[0]?.body ?? ''));
    expect(message).toMatchObject({ hook_id: 'hk_01', round: 1, event: { id: anEvent().id } });
    expect(message).not.toHaveProperty('retry');
    expect(queued[0]?.groupId).toBe('hk_01');
    expect(written).toEqual([expect.objectContaining({ state: 'retrying', round: 1 })]);
  });

  test('is never delayed in its queue, where a worker that leaves would not see it', async () => {
    const { queued } = await send([aRun(noonMs + 900)], { id: 'hk_01' });
    expect(queued.map(({ delaySeconds }) => delaySeconds)).toEqual([0]);
  });

  test('gets a worker although others with it could not be queued', async () => {
    const { steps, error } = await send([aRun(), aRun()], { id: 'hk_01', refused: 1 });
    expect(steps).toEqual(['run queued', 'written', 'worker']);
    expect(error).toMatchObject({ stage: 'queue' });
  });

  test('gets a worker when whoever queued it died before that', async () => {
    expect((await send([], { id: 'hk_01' })).steps).toEqual(['worker']);
    expect((await send([])).steps).toEqual([]);
  });

  test.each([
    ['it could not be queued', { refused: 1 }, 'queue', ['run queued', 'written']],
    ['no worker could be started', { noWorker: true }, 'wake', ['run queued', 'written', 'worker']],
  ] as const)('tells that %s', async (_what, fault, stage, steps) => {
    const sent = await send([aRun()], { id: 'hk_01', ...fault });
    expect(sent.error).toBeInstanceOf(SendAnewError);
    expect(sent.error).toMatchObject({ stage });
    expect(sent.steps).toEqual(steps);
  });
});
