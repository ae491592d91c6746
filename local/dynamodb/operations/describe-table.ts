import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { describeTable as describe } from '../request/describe-table.ts';
import { namedTable } from '../request/named-table.ts';

export const describeTable =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => ({ Table: describe(namedTable(tables, input).definition) });
