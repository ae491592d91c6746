import { afterAll, beforeAll, expect, test } from 'vitest';
import { noonMs } from '../../test/builders/an-event.ts';
import { connectionsTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openProgressTable } from './progress-table.ts';

let tables: TestTables;
let nowMs = noonMs;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const open = () => openProgressTable(tables.dynamo, connectionsTable, () => nowMs);

test('a first state is told, the next waits for its slot, and later ones take its place', async () => {
  const [one, other] = [open(), open()];
  expect(await one.offer('t', 'job', '1')).toEqual({ kind: 'tell' });
  expect(await other.offer('t', 'job', '2')).toEqual({ kind: 'wait', untilMs: nowMs + 100 });
  expect(await one.offer('t', 'job', '3')).toEqual({ kind: 'left' });
  const slotEnd = nowMs + 100;
  nowMs = slotEnd;
  expect(await other.take('t', 'job', slotEnd)).toBe('3');
  expect(await other.take('t', 'job', slotEnd)).toBeUndefined();
});

test('what is told opens a slot: the states of a stream are told ten times a second at most', async () => {
  const table = open();
  const told: number[] = [];
  let taker: number | undefined;
  for (let ms = 0; ms < 1000; ms += 10) {
    nowMs = noonMs + 5_000 + ms;
    if (taker !== undefined && nowMs >= taker) {
      if ((await table.take('t', 'busy', taker)) !== undefined) told.push(nowMs);
      taker = undefined;
    }
    const turn = await table.offer('t', 'busy', String(ms));
    if (turn.kind === 'tell') told.push(nowMs);
    if (turn.kind === 'wait') taker = turn.untilMs;
  }
  expect(told).toHaveLength(10);
  for (const [index, at] of told.entries()) if (index > 0) expect(at - (told[index - 1] ?? 0)).toBe(100);
});

test('a state that nobody took is passed over by the next', async () => {
  const table = open();
  await table.offer('t', 'lost', '1');
  await table.offer('t', 'lost', '2');
  nowMs += 100;
  expect(await table.offer('t', 'lost', '3')).toEqual({ kind: 'tell' });
  expect(await table.take('t', 'lost', nowMs)).toBeUndefined();
});

test('who wakes late leaves what waits for a later slot to whom it belongs', async () => {
  const table = open();
  const first = nowMs + 1100;
  nowMs += 1000;
  await table.offer('t', 'late', '1');
  await table.offer('t', 'late', '2');
  nowMs = first;
  expect(await table.offer('t', 'late', '3')).toEqual({ kind: 'tell' });
  expect(await table.offer('t', 'late', '4')).toEqual({ kind: 'wait', untilMs: first + 100 });
  expect(await table.take('t', 'late', first)).toBeUndefined();
  expect(await table.take('t', 'late', first + 100)).toBe('4');
});

test('of states that come at the same time one is told and one waits, whoever sends them', async () => {
  nowMs += 1000;
  const turns = await Promise.all(
    Array.from({ length: 10 }, (_, index) => open().offer('t', 'together', String(index))),
  );
  const kinds = turns.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'tell')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'wait')).toHaveLength(1);
});

test('streams and tenants do not wait for each other', async () => {
  nowMs += 1000;
  const table = open();
  for (const [tenant, stream] of [
    ['a', '1'],
    ['a', '2'],
    ['b', '1'],
  ] as const) {
    expect(await table.offer(tenant, stream, 'x')).toEqual({ kind: 'tell' });
  }
});
