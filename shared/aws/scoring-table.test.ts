import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noonMs } from '../../test/builders/an-event.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { ApiError } from '../api-error.ts';
import { createReadScoring } from '../read-scoring.ts';
import { noOverrides, removeModifier, setModifiers, setWeights } from '../scoring-overrides.ts';
import { openScoringTable } from './scoring-table.ts';
import type { ScoringTable } from './scoring-table.ts';

let tables: TestTables;
let table: ScoringTable;
beforeAll(async () => {
  tables = await openTestTables();
  table = openScoringTable(tables.dynamo, configTable);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
});

const keyOf = (sk: string) => ({ pk: `${tenant}#scoring`, sk });
/** Somebody else’s hand in the table: what changes there raises no version. */
const editHash = (hash: number) =>
  tables.dynamo.send(
    new UpdateCommand({
      TableName: configTable,
      Key: keyOf('overrides'),
      UpdateExpression: 'SET weights.episode.#hash = :hash',
      ExpressionAttributeNames: { '#hash': 'hash' },
      ExpressionAttributeValues: { ':hash': hash },
    }),
  );

describe('the overrides of a tenant', () => {
  test('are none, at version 0, until something is set', async () => {
    await expect(table.load(tenant)).resolves.toEqual(noOverrides);
    await expect(table.readVersion(tenant)).resolves.toBe(0);
  });

  test('come back as they were set, change by change, and each change raises the version', async () => {
    await table.change(tenant, setWeights({ episode: { hash: 400 } }));
    await table.change(tenant, setModifiers({ 'Open Subtitles': -7, jimaku: 5 }));
    const answered = await table.change(tenant, removeModifier('jimaku'));
    const expected = {
      weights: { episode: { hash: 400 }, movie: {} },
      provider_modifiers: { 'Open Subtitles': -7 },
    };
    expect(answered).toEqual(expected);
    await expect(table.load(tenant)).resolves.toEqual(expected);
    await expect(table.readVersion(tenant)).resolves.toBe(3);
  });

  test('hold a provider of any name, also that of a member of every object', async () => {
    const modifiers = { constructor: 5, toString: -7, hasOwnProperty: 1 };
    await table.change(tenant, setModifiers(modifiers));
    await table.change(tenant, setModifiers({ jimaku: 2 }));
    expect((await table.load(tenant)).provider_modifiers).toEqual({ ...modifiers, jimaku: 2 });
  });

  test('are those of this tenant alone', async () => {
    await table.change(tenant, setWeights({ movie: { hash: 1 } }));
    await expect(table.load(`${tenant}-other`)).resolves.toEqual(noOverrides);
    await expect(table.readVersion(`${tenant}-other`)).resolves.toBe(0);
  });

  test('of several who write at once are all there', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `p${index}`);
    await Promise.all(names.map((name) => table.change(tenant, setModifiers({ [name]: 1 }))));
    const { provider_modifiers } = await table.load(tenant);
    expect(Object.keys(provider_modifiers).sort()).toEqual(names);
    await expect(table.readVersion(tenant)).resolves.toBe(names.length);
  });

  test('are changed anew from what somebody else wrote between reading and writing', async () => {
    const { dynamo } = tables;
    const other = openScoringTable(dynamo, configTable);
    let gets = 0;
    const interrupted = new Proxy(dynamo, {
      get: (target, property) =>
        property === 'send'
          ? async (command: GetCommand) => {
              const answer = await target.send(command);
              if (command instanceof GetCommand && ++gets === 1) {
                await other.change(tenant, setWeights({ episode: { hash: 1 } }));
              }
              return answer;
            }
          : Reflect.get(target, property),
    });
    const changing = openScoringTable(interrupted, configTable);
    await changing.change(tenant, setWeights({ episode: { series: 2 } }));
    expect(gets).toBe(2);
    const { weights } = await table.load(tenant);
    expect(weights.episode).toEqual({ hash: 1, series: 2 });
  });

  test('that others change all the time are refused with a conflict in the end', async () => {
    const busy = fakeClient((input) => {
      if ('Key' in input) return {};
      throw new ConditionalCheckFailedException({ message: 'moved on', $metadata: {} });
    });
    const changing = openScoringTable(busy.client, configTable);
    const refused = changing.change(tenant, setWeights({ episode: { hash: 1 } }));
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
  });

  test('stay as they are when the change is refused', async () => {
    const refusal = new ApiError('precondition_failed', 'changed meanwhile');
    const refused = table.change(tenant, () => {
      throw refusal;
    });
    await expect(refused).rejects.toBe(refusal);
    await expect(table.readVersion(tenant)).resolves.toBe(0);
  });

  test('that were written by hand, without a revision, can be changed', async () => {
    const Item = { ...keyOf('overrides'), provider_modifiers: { jimaku: 5 } };
    await tables.dynamo.send(new PutCommand({ TableName: configTable, Item }));
    await table.change(tenant, setModifiers({ subdl: 1 }));
    await expect(table.load(tenant)).resolves.toEqual({
      ...noOverrides,
      provider_modifiers: { jimaku: 5, subdl: 1 },
    });
  });

  test('that were broken by hand are not answered', async () => {
    const Item = { ...keyOf('overrides'), weights: { episode: { hash: 'high' } } };
    await tables.dynamo.send(new PutCommand({ TableName: configTable, Item }));
    await expect(table.load(tenant)).rejects.toThrow('hash');
  });
});

describe('two instances that keep what they loaded, while no time passes', () => {
  const openInstance = () => {
    const own = openScoringTable(tables.dynamo, configTable);
    return { ...own, read: createReadScoring({ ...own, now: () => noonMs }) };
  };
  const hashIn = async ({ read }: ReturnType<typeof openInstance>) =>
    (await read(tenant)).weights.episode['hash'];

  test('are both fresh once one of them has changed something', async () => {
    const [one, other] = [openInstance(), openInstance()];
    await Promise.all([hashIn(one), hashIn(other)]);
    await one.change(tenant, setWeights({ episode: { hash: 400 } }));
    await expect(hashIn(one)).resolves.toBe(400);
    await expect(hashIn(other)).resolves.toBe(400);
  });

  test('keep what they have when the table is edited, and are fresh once they are told', async () => {
    const [one, other] = [openInstance(), openInstance()];
    await one.change(tenant, setWeights({ episode: { hash: 1 } }));
    await Promise.all([hashIn(one), hashIn(other)]);
    await editHash(2);
    await expect(hashIn(one)).resolves.toBe(1);
    await expect(hashIn(other)).resolves.toBe(1);

    await openScoringTable(tables.dynamo, configTable).raiseVersion(tenant);

    await expect(hashIn(one)).resolves.toBe(2);
    await expect(hashIn(other)).resolves.toBe(2);
  });
});

test('the version is a row of its own, which stays small', async () => {
  await table.change(tenant, setModifiers({ jimaku: 1 }));
  const { Item } = await tables.dynamo.send(
    new GetCommand({ TableName: configTable, Key: keyOf('version') }),
  );
  expect(Item).toEqual({ ...keyOf('version'), version: 1 });
});
