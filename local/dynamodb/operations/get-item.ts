import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { capacityModeIn, readUnits, tellCapacity } from '../engine/capacity.ts';
import { keyColumns } from '../engine/row-columns.ts';
import { findTable } from '../engine/tables.ts';
import { JsonText } from '../request/json-text.ts';
import { flagIn, refuseParameters } from '../request/members.ts';
import { readProjection } from '../request/read-expressions.ts';
import { itemIn } from '../request/read-items.ts';
import { tableNameIn } from '../request/table-name.ts';
import { parseItem } from '../values/attribute-value.ts';
import { itemBytes } from '../values/item-bytes.ts';

export const getItem =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    refuseParameters(input, 'GetItem', ['AttributesToGet']);
    const name = tableNameIn(input);
    const given = itemIn(input, 'Key');
    const project = readProjection(input);
    const capacity = capacityModeIn(input);
    const kind = flagIn(input, 'ConsistentRead') === true ? 'consistent' : 'eventual';
    const { schema, rows } = findTable(tables, name);
    const stored = rows.read(keyColumns(schema.key, given));
    const bytes = capacity === 'NONE' || stored === undefined ? 0 : itemBytes(parseItem(stored));
    const ConsumedCapacity = tellCapacity(capacity, name, readUnits(bytes, kind));
    if (stored === undefined) return { ConsumedCapacity };
    const Item = project === undefined ? new JsonText(stored) : project(parseItem(stored));
    return { Item, ConsumedCapacity };
  };
