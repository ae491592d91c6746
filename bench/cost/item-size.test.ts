import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { chunksOf } from './charge.ts';
import { itemBytes, itemSchema } from './item-size.ts';
import type { AttributeValue, Item } from './item-size.ts';

describe('the size of an item', () => {
  test.each<[string, Item, number]>([
    ['text in UTF-8', { name: { S: 'Größe' } }, 4 + 7],
    ['a number of three digits', { n: { N: '123' } }, 1 + 3],
    ['zero', { n: { N: '0' } }, 1 + 1],
    ['a negative number', { n: { N: '-12' } }, 1 + 1 + 1 + 1 + 0],
    ['true', { ok: { BOOL: true } }, 2 + 1],
    ['null', { no: { NULL: true } }, 2 + 1],
    ['bytes', { b: { B: 'AAAA' } }, 1 + 3],
    ['an empty list', { l: { L: [] } }, 1 + 3],
    ['a list of two', { l: { L: [{ S: 'ab' }, { S: 'c' }] } }, 1 + 3 + (1 + 2) + (1 + 1)],
    ['a map', { m: { M: { key: { S: 'v' } } } }, 1 + 3 + 1 + (3 + 1)],
    ['a set', { s: { SS: ['a', 'bc'] } }, 1 + 3],
    ['two attributes', { a: { S: 'x' }, b: { S: 'y' } }, 4],
  ])('%s', (_, item, bytes) => {
    expect(itemBytes(itemSchema.parse(item))).toBe(bytes);
  });
});

describe('the write units of an item', () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await openTestTables();
  });
  afterAll(() => tables.close());

  const number = fc.tuple(fc.integer(), fc.integer({ min: -8, max: 8 })).map(([n, power]) => `${n}e${power}`);
  // Where the engine measures text in UTF-16, DynamoDB does it in UTF-8: only ASCII can be compared.
  const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 900 });
  const leaf: fc.Arbitrary<AttributeValue> = fc.oneof(
    text.map((S) => ({ S })),
    number.map((N) => ({ N })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc
      .uint8Array({ minLength: 1, maxLength: 300 })
      .map((bytes) => ({ B: Buffer.from(bytes).toString('base64') })),
  );
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(leaf, { maxLength: 4 }).map((L) => ({ L })) },
    {
      weight: 1,
      arbitrary: fc
        .dictionary(fc.stringMatching(/^[a-z]{1,10}$/), leaf, { maxKeys: 4, noNullPrototype: true })
        .map((M) => ({ M })),
    },
  );

  test('are those that the engine tells', async () => {
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z]{3,12}$/), value, {
          minKeys: 1,
          maxKeys: 6,
          noNullPrototype: true,
        }),
        async (attributes) => {
          serial += 1;
          const item: Item = { ...attributes, pk: { S: `item ${serial}` }, sk: { S: 'row' } };
          const { ConsumedCapacity } = await tables.dynamo.send(
            new PutItemCommand({
              TableName: configTable,
              Item: Object.fromEntries(Object.entries(item).map(([name, each]) => [name, toSdk(each)])),
              ReturnConsumedCapacity: 'INDEXES',
            }),
          );
          expect(chunksOf(itemBytes(item), 1024)).toBe(ConsumedCapacity?.CapacityUnits);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** The SDK takes bytes where the wire has base64. */
function toSdk(value: AttributeValue): SdkValue {
  if ('B' in value) return { B: Buffer.from(value.B, 'base64') };
  if ('BS' in value) return { BS: value.BS.map((text) => Buffer.from(text, 'base64')) };
  if ('L' in value) return { L: value.L.map(toSdk) };
  if ('M' in value)
    return { M: Object.fromEntries(Object.entries(value.M).map(([name, each]) => [name, toSdk(each)])) };
  if ('SS' in value) return { SS: [...value.SS] };
  return 'NS' in value ? { NS: [...value.NS] } : { ...value };
}
