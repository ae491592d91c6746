import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { memoryWebhooks } from '../../test/builders/memory-webhooks.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { drainMs, failingMsToOpen, failuresToOpen } from '../circuit.ts';
import type { Circuit } from '../circuit.ts';
import { consecutiveFailuresMax } from '../limits.ts';
import { tallyAttempts } from '../webhook.ts';
import type { DeliveryTally, MadeAttempt, Webhook } from '../webhook.ts';
import type { ConfigRows } from './config-rows.ts';
import { openWebhookHealth, openWebhooks } from './webhook-table.ts';
import type { Probe, WebhookHealth, WebhookNews } from './webhook-table.ts';

let tables: TestTables;
let webhooks: ConfigRows<Webhook>;
beforeAll(async () => {
  tables = await openTestTables();
  webhooks = openWebhooks(tables.dynamo, configTable);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
let told: string[] = [];
let nowMs = noonMs;
let health: WebhookHealth;
/** A sender of its own, as another function instance has one. */
const openHealth = (dynamo: DynamoDBDocumentClient = tables.dynamo): WebhookHealth =>
  openWebhookHealth(dynamo, configTable, {
    onDisabled: async (webhook) => void told.push(`disabled: ${webhook.disabled_reason}`),
    onWarning: (_, warning) => told.push(warning),
    now: () => nowMs,
    createToken: randomUUID,
  });
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
  told = [];
  nowMs = noonMs;
  health = openHealth();
});

const id = 'wh_01';
const holdMs = 25_000;
const put = (overrides: Partial<Webhook> = {}) =>
  webhooks.put(tenant, id, aWebhook({ tenant, ...overrides }));
const read = () => webhooks.get(tenant, id);

const failure: MadeAttempt = {
  success: false,
  final: true,
  statusCode: 500,
  error: 'HTTP 500',
  at: noon,
};
const retried: MadeAttempt = { ...failure, final: false };
const success: MadeAttempt = { success: true, final: true, statusCode: 200, error: undefined, at: noon };

function tally(...attempts: MadeAttempt[]): DeliveryTally {
  const found = tallyAttempts(attempts);
  if (found === undefined) throw new Error('a tally needs an attempt');
  return found;
}
const news = (attempts: readonly MadeAttempt[], rest: Partial<WebhookNews> = {}): WebhookNews => ({
  tenant,
  id,
  tally: tally(...attempts),
  ...rest,
});
const record = (...attempts: MadeAttempt[]) => health.record(news(attempts));
/** Attempts that end now. */
const made = (...attempts: MadeAttempt[]) =>
  attempts.map((one) => ({ ...one, at: new Date(nowMs).toISOString() }));
const repeat = (count: number, attempt: MadeAttempt) => Array.from({ length: count }, () => attempt);

/** A client that does something before its n-th call, as another writer would in between. */
const interposing = (call: number, act: () => Promise<unknown>): DynamoDBDocumentClient => {
  let calls = 0;
  return new Proxy(tables.dynamo, {
    get: (target, key) =>
      key === 'send'
        ? async (command: never) => {
            if (++calls === call) await act();
            return target.send(command);
          }
        : Reflect.get(target, key),
  });
};

describe('the counters of a webhook', () => {
  test('after a failure tell when, what and how often, and are answered as they are now', async () => {
    await put();
    const answered = await record(failure);
    expect(answered).toMatchObject({
      enabled: true,
      consecutive_failures: 1,
      failed_attempts: 1,
      failing_since: noonMs,
      trigger_count: 1,
      last_status_code: 500,
      last_error: 'HTTP 500',
      last_triggered_at: noon,
    });
    await expect(read()).resolves.toEqual(answered);
  });

  test('after a success start from nought and no longer tell of an error', async () => {
    await put({
      consecutive_failures: 7,
      failed_attempts: 9,
      failing_since: noonMs - 1000,
      last_error: 'HTTP 500',
      last_status_code: 500,
    });
    await record(success);
    const webhook = await read();
    expect(webhook).toMatchObject({ consecutive_failures: 0, failed_attempts: 0, last_status_code: 200 });
    expect(webhook).not.toHaveProperty('last_error');
    expect(webhook).not.toHaveProperty('failing_since');
  });

  test('after a failure without an answer tell no status', async () => {
    await put({ last_status_code: 200 });
    await record({ ...failure, statusCode: undefined, error: 'timeout: …' });
    const webhook = await read();
    expect(webhook).toMatchObject({ last_error: 'timeout: …' });
    expect(webhook).not.toHaveProperty('last_status_code');
  });

  test('count an attempt that is tried again as an attempt, and as no failed delivery', async () => {
    await put();
    await record(retried, retried);
    await expect(read()).resolves.toMatchObject({
      consecutive_failures: 0,
      trigger_count: 0,
      failed_attempts: 2,
      last_error: 'HTTP 500',
    });
  });

  const batches = fc.array(
    fc.array(fc.constantFrom(success, failure, retried), { minLength: 1, maxLength: 3 }),
    { minLength: 1, maxLength: 5 },
  );
  const counted = (all: readonly MadeAttempt[]) => {
    const trailing = all.slice(all.findLastIndex((one) => one.success) + 1);
    return {
      trigger_count: all.filter(({ final }) => final).length,
      consecutive_failures: trailing.filter(({ final }) => final).length,
      failed_attempts: trailing.length,
    };
  };
  const timed = (all: readonly (readonly MadeAttempt[])[]) => {
    let ms = 0;
    return all.map((batch) => batch.map((one) => ({ ...one, at: new Date(noonMs + ms++).toISOString() })));
  };

  test('are the same in however many batches the attempts came', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        tenant = `tenant-${++tenants}`;
        await put({ failure_threshold: 1000 });
        for (const batch of timed(given)) await record(...batch);
        await expect(read()).resolves.toMatchObject(
          // A counter that was never touched is absent.
          Object.fromEntries(Object.entries(counted(given.flat())).filter(([, count]) => count > 0)),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('are the same when batches of one sender are written side by side: they are merged in their order', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        tenant = `tenant-${++tenants}`;
        await put({ failure_threshold: 1000 });
        const answers = await Promise.all(timed(given).map((batch) => record(...batch)));
        const webhook = await read();
        expect(webhook).toMatchObject(
          Object.fromEntries(Object.entries(counted(given.flat())).filter(([, count]) => count > 0)),
        );
        expect(answers.at(-1)).toEqual(webhook);
      }),
      { numRuns: 25 },
    );
  });

  test('of several senders at once lose no attempt', async () => {
    await put({ failure_threshold: 1000 });
    const senders = Array.from({ length: 6 }, () => openHealth());
    await Promise.all(
      senders.flatMap((sender) => [1, 2, 3].map(() => sender.record(news([failure, retried])))),
    );
    await expect(read()).resolves.toMatchObject({
      trigger_count: 18,
      consecutive_failures: 18,
      failed_attempts: 36,
    });
  });

  test('of a deleted webhook are nobody’s: no row comes up again', async () => {
    await expect(record(failure)).resolves.toBeUndefined();
    await health.markLate(aWebhook({ tenant, id }), noonMs);
    await expect(read()).resolves.toBeUndefined();
  });

  test('count a batch once also when the answer is lost and the client asks again', async () => {
    await put();
    const again = (dynamo: DynamoDBDocumentClient): DynamoDBDocumentClient =>
      new Proxy(dynamo, {
        get: (target, key) =>
          key === 'send'
            ? async (command: never) => {
                await target.send(command);
                return target.send(command);
              }
            : Reflect.get(target, key),
      });
    const sender = openHealth(again(tables.dynamo));
    for (let time = 1; time <= 3; time++) {
      const answered = await sender.record(news([failure, retried]));
      expect(answered).toMatchObject({
        trigger_count: time,
        consecutive_failures: time,
        failed_attempts: 2 * time,
      });
      await expect(read()).resolves.toEqual(answered);
    }
  });

  test('pass an outage of the table on', async () => {
    await put();
    const sender = openHealth(interposing(1, () => Promise.reject(new Error('out of reach'))));
    await expect(sender.record(news([failure]))).rejects.toThrow('out of reach');
  });
});

describe('a webhook that keeps failing', () => {
  test('is disabled by the tenth failure in a row and says why; not by the ninth', async () => {
    await put();
    for (let i = 1; i < consecutiveFailuresMax; i++) await record(failure);
    await expect(read()).resolves.toMatchObject({ enabled: true, consecutive_failures: 9 });
    await record(failure);
    const webhook = await read();
    expect(webhook).toMatchObject({ enabled: false, consecutive_failures: 10, updated_at: noon });
    expect(webhook?.disabled_reason).toMatch(/10 consecutive failed deliveries/);
    expect(webhook).not.toHaveProperty('circuit');
  });

  test('is disabled at its own threshold', async () => {
    await put({ failure_threshold: 3 });
    await record(failure, failure);
    await expect(read()).resolves.toMatchObject({ enabled: true });
    await record(failure);
    await expect(read()).resolves.toMatchObject({ enabled: false });
  });

  test('warns once, at half of its threshold, and again after it had recovered', async () => {
    await put({ failure_threshold: 5 });
    const warnings: number[] = [];
    for (const attempt of [...repeat(4, failure), success, ...repeat(4, failure)]) {
      await record(attempt);
      warnings.push(told.length);
    }
    expect(warnings).toEqual([0, 0, 1, 1, 1, 1, 1, 2, 2]);
    expect(told[0]).toMatch(/^3 consecutive deliveries failed; at 5 it will be disabled/);
  });

  test('warns when one batch goes past half of its threshold', async () => {
    await put();
    await record(...repeat(7, failure));
    expect(told).toEqual([expect.stringMatching(/^7 consecutive/)]);
  });

  test('is disabled once by senders at the same time, and every failure counts', async () => {
    await put();
    const senders = Array.from({ length: 12 }, () => openHealth());
    await Promise.all(senders.map((sender) => sender.record(news([failure]))));
    await expect(read()).resolves.toMatchObject({ enabled: false, trigger_count: 12 });
    expect(told.filter((line) => line.startsWith('disabled'))).toHaveLength(1);
  });

  test('stays enabled when its owner enables it anew before it is disabled', async () => {
    await put({ consecutive_failures: 9 });
    const sender = openHealth(interposing(2, () => put({ consecutive_failures: 0, enabled: true })));
    await sender.record(news([failure]));
    const webhook = await read();
    expect(webhook).toMatchObject({ enabled: true, consecutive_failures: 0 });
    expect(webhook).not.toHaveProperty('disabled_reason');
    expect(told.filter((line) => line.startsWith('disabled'))).toEqual([]);
  });

  test('stays enabled when a delivery succeeds before it is disabled', async () => {
    await put({ consecutive_failures: 9 });
    const sender = openHealth(interposing(2, () => record(success)));
    await sender.record(news([failure]));
    await expect(read()).resolves.toMatchObject({ enabled: true, consecutive_failures: 0 });
  });

  test('stays as its owner disabled it, without a reason of ours', async () => {
    await put({ enabled: false, consecutive_failures: 9 });
    await record(failure);
    const webhook = await read();
    expect(webhook).toMatchObject({ enabled: false, consecutive_failures: 10 });
    expect(webhook).not.toHaveProperty('disabled_reason');
    expect(told).toEqual([]);
  });
});

describe('a receiver that asks to be disabled', () => {
  test('is disabled at once, for the reason that it gave', async () => {
    await put();
    await health.record(news([failure], { disable: 'gone' }));
    await expect(read()).resolves.toMatchObject({ enabled: false, disabled_reason: 'gone' });
    expect(told).toEqual(['disabled: gone']);
  });

  test('is disabled also by an answer that is a success, or when another delivery succeeds meanwhile', async () => {
    await put();
    await health.record(news([success], { disable: 'by header' }));
    await expect(read()).resolves.toMatchObject({ enabled: false });
    await put();
    const sender = openHealth(interposing(2, () => record(success)));
    await sender.record(news([failure], { disable: 'gone' }));
    await expect(read()).resolves.toMatchObject({ enabled: false, disabled_reason: 'gone' });
  });
});

describe('the circuit', () => {
  const seconds = (circuit: Circuit | undefined) => ((circuit?.until ?? Number.NaN) - nowMs) / 1000;
  const circuitNow = async () => (await read())?.circuit;
  /** Claims the probe and tells what it came to. */
  const probe = async (attempt: MadeAttempt, rest: Partial<WebhookNews> = {}) => {
    const webhook = await read();
    if (webhook?.circuit === undefined) throw new Error('there is no open circuit');
    nowMs = webhook.circuit.until;
    const circuit = await health.claimProbe(webhook, webhook.circuit, holdMs);
    if (circuit === undefined) throw new Error('the probe is somebody else’s');
    const probed: Probe = { circuit, isAlive: attempt.success };
    return health.record(news([attempt], { probed, ...rest }));
  };

  test('opens for ten seconds after ten failed attempts in a row over five seconds, tried again or not', async () => {
    await put({ failure_threshold: 1000 });
    await record(...made(...repeat(failuresToOpen - 2, retried)));
    nowMs += failingMsToOpen;
    await record(...made(failure));
    await expect(circuitNow()).resolves.toBeUndefined();
    const answered = await record(...made(retried));
    expect(answered?.circuit).toEqual({ until: nowMs + 10_000, level: 0, reason: 'failing' });
    await expect(circuitNow()).resolves.toEqual(answered?.circuit);
  });

  test('is not opened by a burst, however many fail at once, however many senders write it and however late', async () => {
    await put({ failure_threshold: 1000 });
    const burst = made(...repeat(3 * failuresToOpen, retried));
    await Promise.all([1, 2, 3].map(() => openHealth().record(news(burst))));
    nowMs += failingMsToOpen - 1;
    await record(...made(retried));
    nowMs += 60_000;
    await openHealth().record(news(burst));
    await expect(read()).resolves.toMatchObject({ failed_attempts: 121, failing_since: noonMs });
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('is opened by no failure when a success came in between', async () => {
    await put({ failure_threshold: 1000 });
    await record(...made(...repeat(failuresToOpen - 1, retried)));
    nowMs += failingMsToOpen;
    await record(...made(success));
    await record(...made(...repeat(failuresToOpen - 1, retried)));
    nowMs += failingMsToOpen - 1;
    await record(...made(...repeat(failuresToOpen, retried)));
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('is opened by no failure when a success came in the same batch before it', async () => {
    await put({ failure_threshold: 1000, failed_attempts: 50, failing_since: noonMs - 60_000 });
    const burst = repeat(failuresToOpen, { ...retried, at: new Date(noonMs + 1).toISOString() });
    nowMs += 1;
    await record(success, ...burst);
    await expect(read()).resolves.toMatchObject({ failed_attempts: 10, failing_since: nowMs });
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('is not opened because a sender wrote its burst late, after others had succeeded', async () => {
    await put({ failure_threshold: 1000 });
    const burst = made(...repeat(failuresToOpen, retried));
    nowMs += failingMsToOpen;
    await openHealth().record(news(made(success)));
    await openHealth().record(news(burst));
    nowMs += 1000;
    await openHealth().record(news(made(retried)));
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('in whatever order senders write, opens by ten failures long after the last success that is known', async () => {
    const step = fc.record({
      attempt: fc.constantFrom(retried, retried, retried, retried, success),
      count: fc.integer({ min: 1, max: 6 }),
      passMs: fc.constantFrom(0, 500, 1_500, 3_000),
      lateMs: fc.constantFrom(0, 0, 0, 2_000, 8_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15, size: 'max' }), async (steps) => {
        tenant = `tenant-${++tenants}`;
        await put({ failure_threshold: 1000 });
        let [failures, lastSuccessAt] = [0, -Infinity];
        for (const { attempt, count, passMs, lateMs } of steps) {
          nowMs += passMs;
          const endedAt = nowMs - lateMs;
          const its = repeat(count, { ...attempt, at: new Date(endedAt).toISOString() });
          failures = attempt.success ? 0 : failures + count;
          if (attempt.success) lastSuccessAt = Math.max(lastSuccessAt, endedAt);
          const webhook = await openHealth().record(news(its));
          if (webhook?.circuit === undefined) continue;
          expect(failures).toBeGreaterThanOrEqual(failuresToOpen);
          expect(endedAt - lastSuccessAt).toBeGreaterThanOrEqual(failingMsToOpen);
          return;
        }
      }),
      { numRuns: 50 },
    );
  });

  test('opens by failures that merge while others are written', async () => {
    await put({ failure_threshold: 1000 });
    await record(...made(retried));
    nowMs += failingMsToOpen;
    await Promise.all(repeat(failuresToOpen, retried).map((one) => record(...made(one))));
    await expect(circuitNow()).resolves.toMatchObject({ reason: 'failing', level: 0 });
  });

  test('opens although the clock was set back while the endpoint failed', async () => {
    await put({ failure_threshold: 1000 });
    nowMs += 3_600_000;
    await record(...made(...repeat(failuresToOpen, retried)));
    await expect(circuitNow()).resolves.toBeUndefined();
    nowMs = noonMs;
    await record(...made(retried));
    await expect(circuitNow()).resolves.toMatchObject({ until: noonMs + 10_000 });
  });

  test('doubles with every failed probe, up to five minutes, however long a probe may take', async () => {
    await put({ failure_threshold: 1000, circuit: { until: nowMs, level: 0, reason: 'failing' } });
    const waits: number[] = [];
    for (let time = 0; time < 6; time++) waits.push(seconds((await probe(retried))?.circuit));
    expect(waits).toEqual([20, 40, 80, 160, 300, 300]);
  });

  test('closes with the probe that succeeds, and what waited is then drained at a bounded rate', async () => {
    await put({ circuit: { until: nowMs, level: 3, reason: 'failing' }, failed_attempts: 12 });
    const webhook = await probe(success);
    expect(webhook).not.toHaveProperty('circuit');
    expect(webhook).toMatchObject({ failed_attempts: 0, drain_until: nowMs + drainMs });
  });

  test('is not closed by a delivery that was sent before it opened', async () => {
    const circuit: Circuit = { until: noonMs + 60_000, level: 0, reason: 'slowed_down' };
    await put({ circuit });
    const webhook = await record(success);
    expect(webhook?.circuit).toEqual(circuit);
    expect(webhook).not.toHaveProperty('drain_until');
  });

  test('closes with its probe although a delivery that was sent before it failed later', async () => {
    await put({ circuit: { until: nowMs, level: 3, reason: 'failing' }, failure_threshold: 1000 });
    const webhook = await read();
    const circuit = await health.claimProbe(
      aWebhook({ ...webhook, tenant }),
      { until: nowMs, level: 3, reason: 'failing' },
      holdMs,
    );
    expect(circuit).toBeDefined();
    if (circuit === undefined) return;
    await health.record(news([success, retried], { probed: { circuit, isAlive: true } }));
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('has one probe at a time, whoever asks at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), async (count) => {
        tenant = `tenant-${++tenants}`;
        const circuit: Circuit = { until: noonMs, level: 1, reason: 'failing' };
        await put({ circuit });
        const webhook = aWebhook({ tenant, circuit });
        const claims = await Promise.all(
          Array.from({ length: count }, () => openHealth().claimProbe(webhook, circuit, holdMs)),
        );
        const held = { ...circuit, until: noonMs + holdMs };
        expect(claims.filter((claim) => claim !== undefined)).toEqual([held]);
        await expect(circuitNow()).resolves.toEqual(held);
      }),
      { numRuns: 15 },
    );
  });

  test('is nobody’s to probe when it is closed, or its webhook is gone', async () => {
    const circuit: Circuit = { until: noonMs, level: 1, reason: 'failing' };
    const webhook = aWebhook({ tenant, circuit });
    await expect(health.claimProbe(webhook, circuit, holdMs)).resolves.toBeUndefined();
    await put();
    await expect(health.claimProbe(webhook, circuit, holdMs)).resolves.toBeUndefined();
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('may be probed by another when the one who claimed it died', async () => {
    await put({ circuit: { until: nowMs, level: 0, reason: 'failing' }, failure_threshold: 1000 });
    const webhook = aWebhook({ tenant });
    const died = await health.claimProbe(webhook, { until: nowMs, level: 0, reason: 'failing' }, holdMs);
    expect(died?.until).toBe(nowMs + holdMs);
    expect(seconds((await probe(retried))?.circuit)).toBe(20);
  });

  test('of a failed probe counts as a failed delivery: what stays dead is disabled although little is sent', async () => {
    await put({ failure_threshold: 4, circuit: { until: nowMs, level: 0, reason: 'failing' } });
    for (let time = 1; time <= 3; time++) {
      await expect(probe(retried)).resolves.toMatchObject({ enabled: true, consecutive_failures: time });
    }
    expect(told).toEqual([expect.stringMatching(/^2 consecutive/)]);
    await expect(probe(retried)).resolves.toMatchObject({ enabled: false });
  });

  test('of a failed probe that was the last of its delivery counts once', async () => {
    await put({ circuit: { until: nowMs, level: 0, reason: 'failing' } });
    await expect(probe(failure)).resolves.toMatchObject({ consecutive_failures: 1, trigger_count: 1 });
  });

  test('opens for as long as Retry-After says, also when other deliveries succeeded after it', async () => {
    await put();
    const at = (ms: number) => new Date(noonMs + ms).toISOString();
    const batch = [
      { ...retried, at: at(0) },
      { ...success, at: at(1) },
    ];
    await health.record(news(batch, { slowDownMs: 3_600_000 }));
    await expect(circuitNow()).resolves.toEqual({
      until: noonMs + 3_600_000,
      level: 0,
      reason: 'slowed_down',
    });
  });

  test('opens for a second when the receiver does not say for how long, unless a success came after it', async () => {
    await put();
    await health.record(news([retried], { slowDownMs: 0 }));
    await expect(circuitNow()).resolves.toMatchObject({ until: noonMs + 1_000 });
    await put();
    await health.record(news([retried, { ...success, at: `${noon}1` }], { slowDownMs: 0 }));
    await expect(circuitNow()).resolves.toBeUndefined();
  });

  test('is never shortened by who opens it too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1_000, max: 100_000 }), { minLength: 2, maxLength: 5 }),
        async (waits) => {
          tenant = `tenant-${++tenants}`;
          await put();
          await Promise.all(waits.map((slowDownMs) => openHealth().record(news([retried], { slowDownMs }))));
          await expect(circuitNow()).resolves.toMatchObject({ until: noonMs + Math.max(...waits) });
        },
      ),
      { numRuns: 15 },
    );
  });
});

test('webhooks in memory, which other tests stand on, come to the same as those in the table', async () => {
  const step = fc.record({
    attempts: fc.array(fc.constantFrom(success, failure, retried), { minLength: 1, maxLength: 6 }),
    isProbe: fc.boolean(),
    slowDownMs: fc.constantFrom(undefined, undefined, 0, 30_000),
    disable: fc.constantFrom(undefined, undefined, undefined, 'gone'),
    passMs: fc.constantFrom(0, 1_000, 5_000, 60_000, -60_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      tenant = `tenant-${++tenants}`;
      nowMs = noonMs;
      const first = aWebhook({ tenant, failure_threshold: 12 });
      await webhooks.put(tenant, id, first);
      const memory = memoryWebhooks([first], () => nowMs);
      for (const { attempts, isProbe, slowDownMs, disable, passMs } of steps) {
        nowMs += passMs;
        const circuit = memory.rows.get(id)?.circuit;
        let probed: Probe | undefined;
        if (isProbe && circuit !== undefined) {
          const claims = await Promise.all(
            [health, memory.health].map((each) => each.claimProbe(first, circuit, holdMs)),
          );
          expect(claims[0]).toEqual(claims[1]);
          if (claims[0] !== undefined)
            probed = { circuit: claims[0], isAlive: attempts.some((one) => one.success) };
        }
        const told = news(made(...attempts), { probed, slowDownMs, disable });
        await Promise.all([health.record(told), memory.health.record(told)]);
        const [inTable, inMemory] = [await read(), memory.rows.get(id)].map((webhook) => ({
          enabled: webhook?.enabled,
          consecutive_failures: webhook?.consecutive_failures,
          failed_attempts: webhook?.failed_attempts ?? 0,
          failing_since: webhook?.failing_since,
          trigger_count: webhook?.trigger_count,
          circuit: webhook?.circuit,
          drain_until: webhook?.drain_until,
        }));
        expect(inTable).toEqual(inMemory);
      }
    }),
    { numRuns: 25 },
  );
});

test('an endpoint that answers slowly is marked so, until all of a batch are quick again', async () => {
  await put();
  await health.markLate(aWebhook({ tenant }), noonMs + 60_000);
  await expect(read()).resolves.toMatchObject({ late_until: noonMs + 60_000 });
  await health.record(news([success], { isQuickAgain: false }));
  await expect(read()).resolves.toMatchObject({ late_until: noonMs + 60_000 });
  await health.record(news([success], { isQuickAgain: true }));
  await expect(read()).resolves.not.toHaveProperty('late_until');
});
