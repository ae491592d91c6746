import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid } from '../dynamo-errors.ts';
import { capacityModeIn, readUnits, tellCapacity } from '../engine/capacity.ts';
import { type RowKey, rowId } from '../engine/key-column.ts';
import { keyColumns } from '../engine/row-columns.ts';
import { findTable, type Table, type Tables } from '../engine/tables.ts';
import { jsonList, jsonObject } from '../request/json-text.ts';
import {
  flagIn,
  listIn,
  mapIn,
  type Members,
  membersOf,
  refuseParameters,
  required,
} from '../request/members.ts';
import { type Projection, readProjection } from '../request/read-expressions.ts';
import { checkName } from '../request/table-name.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { checkAttributes } from '../values/check-value.ts';
import { itemBytes } from '../values/item-bytes.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const keysMax = 100;
const answerBytesMax = 16 * 1024 * 1024;

interface TableGets {
  readonly table: Table;
  /** The request for this table, to be answered with the keys that were not read. */
  readonly request: Members;
  readonly keys: readonly { readonly given: Item; readonly key: RowKey }[];
  readonly project: Projection | undefined;
  readonly kind: 'consistent' | 'eventual';
}

function readGets(tables: Tables, name: string, request: Members): TableGets {
  refuseParameters(request, 'BatchGetItem', ['AttributesToGet']);
  const project = readProjection(request);
  const table = findTable(tables, checkName('RequestItems', name));
  const keys = required('Keys', listIn(request, 'Keys')).map((given) => {
    checkAttributes(given);
    return { given, key: keyColumns(table.schema.key, given) };
  });
  if (keys.length === 0) {
    throw invalid(
      `1 validation error detected: Value '[]' at 'requestItems.${name}.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    );
  }
  if (new Set(keys.map(({ key }) => rowId(table.id, key))).size < keys.length) {
    throw invalid('Provided list of item keys contains duplicates');
  }
  const kind = flagIn(request, 'ConsistentRead') === true ? 'consistent' : 'eventual';
  return { table, request, keys, project, kind };
}

export const batchGetItem =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const capacity = capacityModeIn(input);
    const requests = required('RequestItems', mapIn(input, 'RequestItems'));
    const gets = Object.entries(requests).map(([name, request]) =>
      readGets(tables, name, membersOf(request)),
    );
    if (gets.length === 0) {
      throw invalid(
        "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
      );
    }
    if (gets.reduce((total, { keys }) => total + keys.length, 0) > keysMax) {
      throw invalid('Too many items requested for the BatchGetItem call');
    }
    let answerBytes = 0;
    const answers = gets.map(({ table, request, keys, project, kind }) => {
      const texts: string[] = [];
      const unread: Item[] = [];
      let units = 0;
      for (const { given, key } of keys) {
        if (answerBytes >= answerBytesMax) {
          unread.push(given);
          continue;
        }
        const stored = table.rows.read(key);
        const item =
          stored === undefined || (project === undefined && capacity === 'NONE')
            ? undefined
            : parseItem(stored);
        if (stored !== undefined) {
          answerBytes += stored.length;
          texts.push(project === undefined || item === undefined ? stored : JSON.stringify(project(item)));
        }
        units += readUnits(item === undefined ? 0 : itemBytes(item), kind);
      }
      return { name: table.schema.name, texts, unread: { ...request, Keys: unread }, units };
    });
    return {
      Responses: jsonObject(Object.fromEntries(answers.map(({ name, texts }) => [name, jsonList(texts)]))),
      UnprocessedKeys: Object.fromEntries(
        answers.flatMap(({ name, unread }) => (unread.Keys.length === 0 ? [] : [[name, unread]])),
      ),
      ConsumedCapacity:
        capacity === 'NONE'
          ? undefined
          : answers.map(({ name, units }) => tellCapacity(capacity, name, units)),
    };
  };
