import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { consecutiveFailuresMax } from '../limits.ts';
import { tallyDeliveries } from '../webhook.ts';
import type { DeliveryTally, FinishedDelivery, Webhook } from '../webhook.ts';
import type { ConfigRows } from './config-rows.ts';
import { createRecordTally, openWebhooks } from './webhook-table.ts';
import type { RecordTally } from './webhook-table.ts';

let tables: TestTables;
let webhooks: ConfigRows<Webhook>;
let recordTally: RecordTally;
beforeAll(async () => {
  tables = await openTestTables();
  webhooks = openWebhooks(tables.dynamo, configTable);
  recordTally = createRecordTally(tables.dynamo, configTable, () => noonMs);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
});

const id = 'wh_01';
const put = (overrides: Partial<Webhook> = {}) =>
  webhooks.put(tenant, id, aWebhook({ tenant, ...overrides }));
const read = () => webhooks.get(tenant, id);

const failure: FinishedDelivery = { success: false, statusCode: 500, error: 'HTTP 500', at: noon };
const success: FinishedDelivery = { success: true, statusCode: 200, error: undefined, at: noon };

function tally(...deliveries: FinishedDelivery[]): DeliveryTally {
  const found = tallyDeliveries(deliveries);
  if (found === undefined) throw new Error('a tally needs a delivery');
  return found;
}

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
  test('after a failure tell when, what and how often', async () => {
    await put();
    await recordTally(tenant, id, tally(failure));
    await expect(read()).resolves.toMatchObject({
      enabled: true,
      consecutive_failures: 1,
      trigger_count: 1,
      last_status_code: 500,
      last_error: 'HTTP 500',
      last_triggered_at: noon,
    });
  });

  test('after a success start from nought and no longer tell of an error', async () => {
    await put({ consecutive_failures: 7, last_error: 'HTTP 500', last_status_code: 500 });
    await recordTally(tenant, id, tally(success));
    const webhook = await read();
    expect(webhook).toMatchObject({ consecutive_failures: 0, last_status_code: 200 });
    expect(webhook).not.toHaveProperty('last_error');
  });

  test('after a failure without an answer tell no status', async () => {
    await put({ last_status_code: 200 });
    await recordTally(tenant, id, tally({ ...failure, statusCode: undefined, error: 'timeout: …' }));
    const webhook = await read();
    expect(webhook).toMatchObject({ last_error: 'timeout: …' });
    expect(webhook).not.toHaveProperty('last_status_code');
  });

  test('are the same in however many batches the deliveries came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        async (batches) => {
          tenant = `tenant-${++tenants}`;
          await put();
          for (const batch of batches) {
            await recordTally(tenant, id, tally(...batch.map((ok) => (ok ? success : failure))));
          }
          const all = batches.flat();
          const sinceSuccess = all.length - 1 - all.lastIndexOf(true);
          await expect(read()).resolves.toMatchObject({
            trigger_count: all.length,
            consecutive_failures: sinceSuccess,
            enabled: sinceSuccess < consecutiveFailuresMax,
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  test('of a deleted webhook are nobody’s: no row comes up again', async () => {
    await recordTally(tenant, id, tally(failure));
    await expect(read()).resolves.toBeUndefined();
  });
});

describe('a webhook that keeps failing', () => {
  test('is disabled by the tenth failure in a row and says why; not by the ninth', async () => {
    await put();
    for (let i = 1; i < consecutiveFailuresMax; i++) await recordTally(tenant, id, tally(failure));
    await expect(read()).resolves.toMatchObject({ enabled: true, consecutive_failures: 9 });
    await recordTally(tenant, id, tally(failure));
    const webhook = await read();
    expect(webhook).toMatchObject({ enabled: false, consecutive_failures: 10, updated_at: noon });
    expect(webhook?.disabled_reason).toMatch(/10 consecutive failed deliveries/);
  });

  test('is disabled once by writers at the same time, and every failure counts', async () => {
    await put();
    await Promise.all(Array.from({ length: 12 }, () => recordTally(tenant, id, tally(failure))));
    await expect(read()).resolves.toMatchObject({
      enabled: false,
      consecutive_failures: 12,
      trigger_count: 12,
    });
  });

  test('stays enabled when its owner enables it anew before it is disabled', async () => {
    await put({ consecutive_failures: 9 });
    const dynamo = interposing(2, () => put({ consecutive_failures: 0, enabled: true }));
    await createRecordTally(dynamo, configTable, () => noonMs)(tenant, id, tally(failure));
    const webhook = await read();
    expect(webhook).toMatchObject({ enabled: true, consecutive_failures: 0 });
    expect(webhook).not.toHaveProperty('disabled_reason');
  });

  test('stays enabled when a delivery succeeds before it is disabled', async () => {
    await put({ consecutive_failures: 9 });
    const dynamo = interposing(2, () => recordTally(tenant, id, tally(success)));
    await createRecordTally(dynamo, configTable, () => noonMs)(tenant, id, tally(failure));
    await expect(read()).resolves.toMatchObject({ enabled: true, consecutive_failures: 0 });
  });

  test('stays as its owner disabled it, without a reason of ours', async () => {
    await put({ enabled: false, consecutive_failures: 9 });
    await recordTally(tenant, id, tally(failure));
    const webhook = await read();
    expect(webhook).toMatchObject({ enabled: false, consecutive_failures: 10 });
    expect(webhook).not.toHaveProperty('disabled_reason');
  });

  test('passes an outage of the table on', async () => {
    await put();
    const dynamo = interposing(1, () => Promise.reject(new Error('out of reach')));
    await expect(
      createRecordTally(dynamo, configTable, () => noonMs)(tenant, id, tally(failure)),
    ).rejects.toThrow('out of reach');
  });
});
