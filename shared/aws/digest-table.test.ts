import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDelivery } from '../../test/builders/a-delivery.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { memoryDigests } from '../../test/builders/memory-digests.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { placeOf } from '../digest.ts';
import type { DigestKey, DigestMember } from '../digest.ts';
import type { CatalogEvent } from '../event.ts';
import { openDigests } from './digest-table.ts';
import type { DigestTable } from './digest-table.ts';
import { openLedger } from './ledger.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

let tenants = 0;
let key: DigestKey;
beforeEach(() => {
  key = { tenant: `tenant-${++tenants}`, webhook_id: 'wh_01', digest_id: 'd1' };
});

const memberAt = (ms: number, id = `e${ms}`): DigestMember => ({
  id,
  timestamp: new Date(noonMs + ms).toISOString(),
  event_name: 'subtitle_downloaded',
});
const membersFrom = (count: number) => Array.from({ length: count }, (_, index) => memberAt(index));
const eventOf = (member: DigestMember): CatalogEvent => anEvent({ ...member, tenant: key.tenant });

interface World {
  readonly table: DigestTable;
  readonly putEvent: (event: CatalogEvent) => Promise<void>;
  readonly putDelivery: (member: DigestMember) => Promise<void>;
}

function inMemory(): World {
  const events = new Map<string, CatalogEvent>();
  const recorded = new Set<string>();
  return {
    table: memoryDigests({
      findEvent: (member) => events.get(placeOf(member)),
      isRecorded: ({ tenant }, member) => recorded.has(`${tenant} ${placeOf(member)}`),
    }),
    putEvent: async (event) => void events.set(placeOf(event), event),
    putDelivery: async (member) => void recorded.add(`${key.tenant} ${placeOf(member)}`),
  };
}

function inTheTable(): World {
  const ledger = openLedger(tables.dynamo, ledgerTable);
  return {
    table: openDigests(tables.dynamo, ledgerTable, randomUUID),
    putEvent: (event) => ledger.putEvents([{ event, matched: 1 }]),
    putDelivery: ({ id, timestamp }) =>
      ledger.putDeliveries([aDelivery({ tenant: key.tenant, event_id: id, event_timestamp: timestamp })]),
  };
}

async function listAll(table: DigestTable): Promise<DigestMember[]> {
  const all: DigestMember[] = [];
  for (;;) {
    const last = all.at(-1);
    const { members, isLast } = await table.listMembers(key, last === undefined ? undefined : placeOf(last));
    all.push(...members);
    if (isLast) return all;
  }
}

describe.each([
  ['in memory', inMemory],
  ['in the table', inTheTable],
])('digests %s', (_where, open) => {
  const put = (table: DigestTable, members: readonly DigestMember[]) =>
    table.putMembers(members.map((member) => ({ digest: key, member })));

  test('list each member once, in the order of time, over as many pages as they take', async () => {
    const { table } = open();
    const members = membersFrom(2_050);
    await put(table, members.toReversed());
    await put(table, members.slice(10, 20));
    await expect(listAll(table)).resolves.toEqual(members);
  });

  test('keep the members of one webhook, tenant and digest from those of another', async () => {
    const { table } = open();
    const others: DigestKey[] = [
      { ...key, digest_id: 'd2' },
      { ...key, webhook_id: 'wh_02' },
      { ...key, tenant: `${key.tenant}x` },
    ];
    await table.putMembers(others.map((digest) => ({ digest, member: memberAt(0) })));
    await expect(listAll(table)).resolves.toEqual([]);
  });

  test('settle a part once: who comes second is told, and changes nothing', async () => {
    const { table } = open();
    const members = membersFrom(3);
    const sent = eventOf(memberAt(2));
    await expect(table.seal(key, 0, { owner: 'a', members, sent })).resolves.toBe(true);
    await expect(
      table.seal(key, 0, { owner: 'b', members: members.slice(1), sent: eventOf(memberAt(1)) }),
    ).resolves.toBe(false);
    await expect(table.listSeals(key)).resolves.toEqual([{ owner: 'a', members }]);
    await expect(table.readSent(key, 0)).resolves.toEqual(sent);
  });

  test('tell the parts in their order, each with all its members', async () => {
    const { table } = open();
    const members = membersFrom(2_500);
    const sent = eventOf(memberAt(0));
    for (let part = 0; part < 12; part++) {
      const its = part === 0 ? members : [memberAt(10_000 + part)];
      await table.seal(key, part, { owner: `owner-${part}`, members: its, sent });
    }
    const seals = await table.listSeals(key);
    expect(seals.map(({ owner }) => owner)).toEqual(Array.from({ length: 12 }, (_, part) => `owner-${part}`));
    expect(seals[0]?.members).toEqual(members);
    await expect(listAll(table)).resolves.toEqual([]);
  });

  test('send what was settled, however large and deep it is', async () => {
    const { table } = open();
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 40; depth++) deep = { deep };
    const sent = anEvent({ data: { deep, numbers: Array.from({ length: 100_000 }, () => 1) } });
    await table.seal(key, 0, { owner: 'a', members: [memberAt(0)], sent });
    await expect(table.readSent(key, 0)).resolves.toEqual(sent);
    await expect(table.readSent(key, 1)).rejects.toThrow('part 1 of the digest d1 is not in the ledger');
  });

  test('know of which members the ledger has no delivery', async () => {
    const { table, putDelivery } = open();
    const members = membersFrom(130);
    await putDelivery(memberAt(7));
    await expect(table.listUnrecorded(key, members)).resolves.toEqual(
      members.filter(({ id }) => id !== 'e7'),
    );
    await expect(table.listUnrecorded(key, [])).resolves.toEqual([]);
  });

  test('read the whole events of members, and say which is missing', async () => {
    const { table, putEvent } = open();
    const [one, other] = [eventOf(memberAt(1)), eventOf(memberAt(2))];
    await putEvent(one);
    await putEvent(other);
    await expect(table.readEvents(key, [memberAt(2), memberAt(1)])).resolves.toEqual([other, one]);
    await expect(table.readEvents(key, [memberAt(3)])).rejects.toThrow(/the event e3 .*is not in the ledger/);
  });
});

test('members that DynamoDB leaves unwritten at the end fail the write', async () => {
  const { client } = fakeClient((input) => ({ UnprocessedItems: input['RequestItems'] }));
  const table = openDigests(client, ledgerTable, randomUUID);
  await expect(table.putMembers([{ digest: key, member: memberAt(0) }])).rejects.toThrow('unprocessed');
});

test('a part whose lists are not all written is not settled', async () => {
  const { client, calls } = fakeClient((input) => ({ UnprocessedItems: input['RequestItems'] }));
  const table = openDigests(client, ledgerTable, randomUUID);
  const sealing = table.seal(key, 0, { owner: 'a', members: [memberAt(0)], sent: eventOf(memberAt(0)) });
  await expect(sealing).rejects.toThrow('unprocessed');
  expect(calls.filter((input) => 'Item' in input)).toEqual([]);
});
