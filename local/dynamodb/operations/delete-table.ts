import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { describeTable } from '../request/describe-table.ts';
import { namedTable } from '../request/named-table.ts';

export const deleteTable =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const table = namedTable(tables, input);
    tables.drop(table);
    return { TableDescription: describeTable(table.definition, 'DELETING') };
  };
