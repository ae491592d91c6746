import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DynamoEngine } from '../../../local/dynamodb/open-tables.ts';
import { openTestEngine } from './open-test-engine.ts';

/** A row: three hash keys, five range keys, and index keys that may be missing. */
interface ModelRow {
  readonly pk: string;
  readonly sk: number;
  readonly kind?: string | undefined;
  readonly at?: number | undefined;
}

const pk = fc.constantFrom('a', 'b', 'é🎬');
const sk = fc.constantFrom(-10, -1.5, 0, 2, 10);
const kind = fc.constantFrom(undefined, 'k', 'l');
const at = fc.constantFrom(undefined, -3, 0.5, 20);
const row: fc.Arbitrary<ModelRow> = fc.record({ pk, sk, kind, at });

type Act =
  | { readonly act: 'put' | 'batch put' | 'transact put' | 'update'; readonly row: ModelRow }
  | { readonly act: 'delete'; readonly row: ModelRow };
const act: fc.Arbitrary<Act> = fc.record({
  act: fc.constantFrom('put', 'batch put', 'transact put', 'update', 'delete'),
  row,
});

const keyOf = ({ pk, sk }: ModelRow) => ({ pk: { S: pk }, sk: { N: String(sk) } });
const itemOf = (row: ModelRow) => ({
  ...keyOf(row),
  ...(row.kind === undefined ? {} : { kind: { S: row.kind } }),
  ...(row.at === undefined ? {} : { at: { N: String(row.at) } }),
});

const attribute = z.union([
  z.object({ S: z.string() }).transform(({ S }) => S),
  z.object({ N: z.string() }).transform(({ N }) => Number(N)),
]);
const page = z.object({
  Items: z.array(z.record(z.string(), attribute)),
  Count: z.number(),
  LastEvaluatedKey: z.unknown().optional(),
});
type Found = z.infer<typeof page>['Items'];

describe('the embedded tables against a model', () => {
  let opened: ReturnType<typeof openTestEngine>;
  let serial = 0;
  beforeAll(() => {
    opened = openTestEngine();
  });
  afterAll(() => opened.stop());

  const newTable = async (dynamo: DynamoEngine): Promise<string> => {
    const TableName = `model-${serial++}`;
    await dynamo.call('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'kind', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-kind',
          KeySchema: [
            { AttributeName: 'kind', KeyType: 'HASH' },
            { AttributeName: 'at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    return TableName;
  };

  const perform = async (dynamo: DynamoEngine, TableName: string, { act, row }: Act): Promise<void> => {
    const [Key, Item] = [keyOf(row), itemOf(row)];
    const Put = { TableName, Item };
    switch (act) {
      case 'put':
        await dynamo.call('PutItem', Put);
        return;
      case 'batch put':
        await dynamo.call('BatchWriteItem', { RequestItems: { [TableName]: [{ PutRequest: { Item } }] } });
        return;
      case 'transact put':
        await dynamo.call('TransactWriteItems', { TransactItems: [{ Put }] });
        return;
      case 'delete':
        await dynamo.call('DeleteItem', { TableName, Key });
        return;
      case 'update': {
        const given = { kind: row.kind, at: row.at };
        const set = Object.entries(given).filter(([, value]) => value !== undefined);
        const removed = Object.keys(given).filter((name) => !set.some(([other]) => other === name));
        const { pk: _, sk: __, ...values } = itemOf(row);
        await dynamo.call('UpdateItem', {
          TableName,
          Key,
          UpdateExpression: [
            ...(set.length === 0 ? [] : [`SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`]),
            ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`]),
          ].join(' '),
          ExpressionAttributeNames: { '#kind': 'kind', '#at': 'at' },
          ...(set.length === 0
            ? {}
            : {
                ExpressionAttributeValues: Object.fromEntries(
                  Object.entries(values).map(([name, value]) => [`:${name}`, value]),
                ),
              }),
        });
        return;
      }
    }
  };

  const readAll = async (
    dynamo: DynamoEngine,
    operation: 'Query' | 'Scan',
    input: object,
    Limit: number | undefined,
  ): Promise<Found> => {
    const found: Found = [];
    let ExclusiveStartKey: unknown;
    do {
      const answer = page.parse(await dynamo.call(operation, { ...input, Limit, ExclusiveStartKey }));
      if (Limit !== undefined) expect(answer.Count).toBeLessThanOrEqual(Limit);
      found.push(...answer.Items);
      ExclusiveStartKey = answer.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return found;
  };

  const fill = async (dynamo: DynamoEngine, acts: readonly Act[]) => {
    const TableName = await newTable(dynamo);
    const rows = new Map<string, ModelRow>();
    for (const each of acts) {
      await perform(dynamo, TableName, each);
      const id = JSON.stringify([each.row.pk, each.row.sk]);
      if (each.act === 'delete') rows.delete(id);
      else rows.set(id, each.row);
    }
    return { TableName, rows: [...rows.values()] };
  };

  const plain = ({ pk, sk, kind, at }: ModelRow) => ({
    pk,
    sk,
    ...(kind === undefined ? {} : { kind }),
    ...(at === undefined ? {} : { at }),
  });
  const sorted = (found: readonly object[]) =>
    found.map((each) => JSON.stringify(each, Object.keys(each).toSorted())).toSorted();

  it('whatever is put, updated and deleted, table and index hold what they should, in order', async () => {
    const { engine } = opened;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), async (acts) => {
        const { TableName, rows } = await fill(engine, acts);
        const scanned = await readAll(engine, 'Scan', { TableName }, undefined);
        expect(sorted(scanned)).toEqual(sorted(rows.map(plain)));
        for (const value of ['a', 'b', 'é🎬']) {
          const expected = rows.filter((each) => each.pk === value).sort((one, other) => one.sk - other.sk);
          const input = {
            TableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: value } },
          };
          expect(await readAll(engine, 'Query', input, undefined)).toEqual(expected.map(plain));
        }
        for (const value of ['k', 'l']) {
          const expected = rows.filter((each) => each.kind === value && each.at !== undefined);
          const found = await readAll(
            engine,
            'Query',
            {
              TableName,
              IndexName: 'by-kind',
              KeyConditionExpression: 'kind = :kind',
              ExpressionAttributeValues: { ':kind': { S: value } },
            },
            undefined,
          );
          expect(sorted(found)).toEqual(sorted(expected.map(plain)));
          const times = found.map((each) => Number(each['at']));
          expect(times).toEqual(times.toSorted((one, other) => one - other));
        }
        await engine.call('DeleteTable', { TableName });
      }),
      { numRuns: 150 },
    );
  });

  it('pages of any limit, one after the other, are the whole, both ways', async () => {
    const { engine } = opened;
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 5, maxLength: 40, size: 'max' }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        async (acts, limit, ScanIndexForward) => {
          const { TableName } = await fill(engine, acts);
          const query = (IndexName: string | undefined, name: string, value: string) => ({
            TableName,
            IndexName,
            ScanIndexForward,
            KeyConditionExpression: '#name = :value',
            ExpressionAttributeNames: { '#name': name },
            ExpressionAttributeValues: { ':value': { S: value } },
          });
          for (const [operation, input] of [
            ['Query', query(undefined, 'pk', 'a')],
            ['Query', query('by-kind', 'kind', 'k')],
            ['Scan', { TableName }],
            ['Scan', { TableName, IndexName: 'by-kind' }],
          ] as const) {
            const whole = await readAll(engine, operation, input, undefined);
            expect(await readAll(engine, operation, input, limit)).toEqual(whole);
          }
          await engine.call('DeleteTable', { TableName });
        },
      ),
      { numRuns: 150 },
    );
  });
});
