import * as fc from 'fast-check';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import type { CatalogEvent } from '../event.ts';
import { idempotencyWindowMs, ledgerRetentionDays } from '../limits.ts';
import { claimKeyOf, claimSortKey, openPublishClaims } from './publish-claims.ts';
import type { PublishClaims } from './publish-claims.ts';

let tables: TestTables;
let claims: PublishClaims;
let nowMs = noonMs;
beforeAll(async () => {
  tables = await openTestTables();
  claims = openPublishClaims(tables.dynamo, ledgerTable, () => nowMs);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
const newTenant = () => {
  tenant = `tenant-${++tenants}`;
  nowMs = noonMs;
};
beforeEach(newTenant);

/** The event as a request makes it now. */
const made = (overrides: Partial<CatalogEvent> = {}): CatalogEvent =>
  anEvent({ tenant, id: 'scan-1', timestamp: new Date(nowMs).toISOString(), ...overrides });
const ours = (atMs: number) => ({ kind: 'ours', timestamp: new Date(atMs).toISOString() });
const settle = (published: boolean, event = made()) => claims.settle([{ event, published }]);

describe('an id that a client gave', () => {
  test('is the first one’s to publish, and nobody’s after that', async () => {
    await expect(claims.claim(made())).resolves.toEqual(ours(noonMs));
    await settle(true);
    nowMs += 1;
    await expect(claims.claim(made())).resolves.toEqual({ kind: 'published' });
  });

  test('is one request’s alone, however many come at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), async (count) => {
        newTenant();
        const kinds = await Promise.all(
          Array.from({ length: count }, async () => (await claims.claim(made())).kind),
        );
        expect(kinds.sort()).toEqual(['ours', ...Array.from({ length: count - 1 }, () => 'underway')]);
      }),
      { numRuns: 15 },
    );
  });

  test('may be claimed again at once when the bus did not take it, with the timestamp that it had', async () => {
    await claims.claim(made());
    await settle(false);
    nowMs += 5;
    await expect(claims.claim(made())).resolves.toEqual(ours(noonMs));
  });

  test('of a request that died goes over to one other, with its timestamp: it may be on the bus', async () => {
    await claims.claim(made());
    nowMs += 29_999;
    await expect(claims.claim(made())).resolves.toEqual({ kind: 'underway' });
    nowMs += 1;
    const taken = await Promise.all([1, 2, 3].map(() => claims.claim(made())));
    expect(taken.filter(({ kind }) => kind === 'ours')).toEqual([ours(noonMs)]);
    expect(taken.filter(({ kind }) => kind === 'underway')).toHaveLength(2);
  });

  test('is the same event for 24 hours, and a new one after that', async () => {
    await claims.claim(made());
    await settle(true);
    nowMs = noonMs + idempotencyWindowMs;
    await expect(claims.claim(made())).resolves.toEqual({ kind: 'published' });
    nowMs += 1;
    await expect(claims.claim(made())).resolves.toEqual(ours(nowMs));
    await expect(claims.claim(made())).resolves.toEqual({ kind: 'underway' });
  });

  test('is claimed also when the answer was lost and the client asked again by itself', async () => {
    const twice = {
      send: async (command: PutCommand) => {
        await tables.dynamo.send(command).catch(() => undefined);
        return tables.dynamo.send(command);
      },
    };
    const repeated = openPublishClaims(twice as never, ledgerTable, () => nowMs);
    await expect(repeated.claim(made())).resolves.toEqual(ours(noonMs));
    nowMs += 30_000;
    await expect(repeated.claim(made())).resolves.toEqual(ours(noonMs));
    await expect(claims.claim(made())).resolves.toEqual({ kind: 'underway' });
  });

  test('is nothing to another tenant, nor to another id', async () => {
    await claims.claim(made());
    await expect(claims.claim(made({ tenant: `${tenant}-other` }))).resolves.toMatchObject({ kind: 'ours' });
    await expect(claims.claim(made({ id: 'scan-2' }))).resolves.toMatchObject({ kind: 'ours' });
  });
});

test('a claim leads from an id to its event’s timestamp for as long as the event is kept', async () => {
  await claims.claim(made());
  await settle(true);
  const { Item } = await tables.dynamo.send(
    new GetCommand({ TableName: ledgerTable, Key: { pk: claimKeyOf(tenant, 'scan-1'), sk: claimSortKey } }),
  );
  expect(Item).toMatchObject({
    timestamp: made().timestamp,
    published: true,
    expires_at: noonMs / 1000 + ledgerRetentionDays * 86_400,
  });
});

test('a hundred are settled at once, each as it came out', async () => {
  const events = Array.from({ length: 100 }, (_, index) => made({ id: `e${index}` }));
  await Promise.all(events.map((event) => claims.claim(event)));
  await claims.settle(events.map((event, index) => ({ event, published: index % 2 === 0 })));
  const again = await Promise.all(events.map((event) => claims.claim(event)));
  expect(again.map(({ kind }) => kind)).toEqual(events.map((_, i) => (i % 2 === 0 ? 'published' : 'ours')));
});
