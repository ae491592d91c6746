import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import { batchGetItemsMax } from '../limits.ts';
import { readItems } from './read-items.ts';
import type { ItemKey } from './read-items.ts';

type Keys = readonly { readonly pk: string; readonly sk: string }[];
type Asked = Record<string, { readonly Keys: Keys; readonly ConsistentRead?: boolean }>;
const askedOf = (input: Record<string, unknown> | undefined) => (input?.['RequestItems'] ?? {}) as Asked;
const countOf = (asked: Asked): number =>
  Object.values(asked).reduce((sum, { Keys }) => sum + Keys.length, 0);

/** A table in which every item exists but those whose sk is `none`; `busy` are left unprocessed. */
const reading = (busy: (table: string, sk: string, call: number) => boolean = () => false) =>
  fakeClient((input, call) => {
    const Responses: Record<string, object[]> = {};
    const UnprocessedKeys: Record<string, { Keys: object[] }> = {};
    for (const [table, { Keys }] of Object.entries(askedOf(input))) {
      for (const key of Keys) {
        if (busy(table, key.sk, call)) (UnprocessedKeys[table] ??= { Keys: [] }).Keys.push(key);
        else if (key.sk !== 'none') (Responses[table] ??= []).push({ ...key, from: table });
      }
    }
    return { Responses, UnprocessedKeys };
  });

const at = (table: string, sk: string): ItemKey => ({ table, key: { pk: 'p', sk } });
const item = (table: string, sk: string) => ({ pk: 'p', sk, from: table });

describe('items', () => {
  test('of two tables are read consistently in one call; one that does not exist is undefined', async () => {
    const { client, calls } = reading();
    const find = await readItems(client, [at('a', '1'), at('b', '1'), at('b', 'none')], noPause);
    expect(calls).toHaveLength(1);
    expect(Object.values(askedOf(calls[0])).every(({ ConsistentRead }) => ConsistentRead)).toBe(true);
    expect(find(at('a', '1'))).toEqual(item('a', '1'));
    expect(find(at('b', '1'))).toEqual(item('b', '1'));
    expect(find(at('b', 'none'))).toBeUndefined();
    expect(find(at('a', '2'))).toBeUndefined();
  });

  test('that are asked for twice are read once, since a call that names a key twice is refused', async () => {
    const { client, calls } = reading();
    await readItems(client, [at('a', '1'), at('a', '1'), at('a', '2')], noPause);
    expect(askedOf(calls[0])['a']?.Keys.map(({ sk }) => sk)).toEqual(['1', '2']);
  });

  test('of none make no call', async () => {
    const { client, calls } = reading();
    await readItems(client, [], noPause);
    expect(calls).toEqual([]);
  });

  test('are all found, however many and in whichever tables, with no call over the limit', async () => {
    const keys = fc.array(fc.record({ table: fc.constantFrom('a', 'b'), sk: fc.nat({ max: 400 }) }), {
      maxLength: 450,
    });
    await fc.assert(
      fc.asyncProperty(keys, async (wanted) => {
        const { client, calls } = reading();
        const find = await readItems(
          client,
          wanted.map(({ table, sk }) => at(table, String(sk))),
          noPause,
        );
        for (const { table, sk } of wanted)
          expect(find(at(table, String(sk)))).toEqual(item(table, String(sk)));
        for (const call of calls) expect(countOf(askedOf(call))).toBeLessThanOrEqual(batchGetItemsMax);
      }),
      { numRuns: 30 },
    );
  });
});

describe('what DynamoDB leaves unprocessed', () => {
  test('is read again alone, and found beside the rest', async () => {
    const { client, calls } = reading((table, sk, call) => call < 2 && table === 'b' && sk === '2');
    const find = await readItems(client, [at('a', '1'), at('b', '2')], noPause);
    expect(calls.map((call) => askedOf(call))).toMatchObject([
      { a: {}, b: {} },
      { b: { Keys: [{ pk: 'p', sk: '2' }], ConsistentRead: true } },
      { b: {} },
    ]);
    expect(Object.keys(askedOf(calls[1]))).toEqual(['b']);
    expect(find(at('a', '1'))).toEqual(item('a', '1'));
    expect(find(at('b', '2'))).toEqual(item('b', '2'));
  });

  test('for ever fails the read and says how much of it', async () => {
    const { client } = reading((table) => table === 'b');
    await expect(readItems(client, [at('a', '1'), at('b', '1'), at('b', '2')], noPause)).rejects.toThrow(
      'DynamoDB left 2 of 3 reads unprocessed',
    );
  });
});

test('a call that fails is thrown as it is', async () => {
  const { client } = fakeClient(() => {
    throw new Error('out of reach');
  });
  await expect(readItems(client, [at('a', '1')], noPause)).rejects.toThrow('out of reach');
});
