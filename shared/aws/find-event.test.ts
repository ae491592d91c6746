import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createEventId } from '../ids.ts';
import { createFindEvent } from './find-event.ts';
import { openLedger } from './ledger.ts';
import { openPublishClaims } from './publish-claims.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const logged = async (event: ReturnType<typeof anEvent>) => {
  await openLedger(tables.dynamo, ledgerTable).putEvents([{ event, matched: 0 }]);
  return event;
};
const find = (tenant: string, id: string) => createFindEvent(tables.dynamo, ledgerTable)(tenant, id);

test('an event of ours is found by the time in its id', async () => {
  const event = await logged(anEvent({ id: createEventId(noonMs) }));
  await expect(find(event.tenant, event.id)).resolves.toEqual(event);
});

test('an event that a client named is found by its claim, also when its name looks like one of ours', async () => {
  for (const id of ['import-7', createEventId(noonMs - 86_400_000)]) {
    const event = await logged(anEvent({ id }));
    await openPublishClaims(tables.dynamo, ledgerTable, () => noonMs).claim(event);
    await expect(find(event.tenant, id)).resolves.toEqual(event);
  }
});

test('an event of somebody else, or of nobody, is not found', async () => {
  const event = await logged(anEvent({ id: createEventId(noonMs), tenant: 'somebody' }));
  await expect(find('default', event.id)).resolves.toBeUndefined();
  await expect(find('default', createEventId(noonMs))).resolves.toBeUndefined();
  await expect(find('default', 'never-published')).resolves.toBeUndefined();
});
