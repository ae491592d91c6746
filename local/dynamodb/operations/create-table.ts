import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { resourceInUse } from '../dynamo-errors.ts';
import { describeTable } from '../request/describe-table.ts';
import { refuseParameters } from '../request/members.ts';
import { checkDefinition, readNewTable } from '../request/read-table-input.ts';
import { tableNameIn } from '../request/table-name.ts';

/** The table can be used at once. */
export const createTable =
  ({ tables, now, newId }: DynamoContext): DynamoOperation =>
  (input) => {
    refuseParameters(input, 'CreateTable', ['LocalSecondaryIndexes', 'StreamSpecification']);
    const TableName = tableNameIn(input);
    const { GlobalSecondaryIndexes = [], ...given } = readNewTable(input);
    const definition = {
      ...given,
      TableName,
      TableId: newId(),
      CreationDateTime: now() / 1_000,
      indexes: GlobalSecondaryIndexes.map((index, columns) => ({ ...index, columns })),
      nextColumns: GlobalSecondaryIndexes.length,
    };
    checkDefinition(definition);
    if (tables.find(TableName) !== undefined) {
      throw resourceInUse(`Table already exists: ${TableName}`);
    }
    return { TableDescription: describeTable(tables.create(definition).definition) };
  };
