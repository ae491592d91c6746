import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { integerIn, textIn, violates } from '../request/members.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
const namesMax = 100;

export const listTables =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const limit = integerIn(input, 'Limit', 1) ?? namesMax;
    if (limit > namesMax) {
      throw violates('Limit', limit, `Member must have value less than or equal to ${namesMax}`);
    }
    const after = textIn(input, 'ExclusiveStartTableName');
    const names = tables.names().filter((name) => after === undefined || name > after);
    const TableNames = names.slice(0, limit);
    return {
      TableNames,
      LastEvaluatedTableName: names.length > limit ? TableNames.at(-1) : undefined,
    };
  };
