import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { namedTable } from '../request/named-table.ts';

export const describeTimeToLive =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const AttributeName = namedTable(tables, input).definition.expiresAttribute;
    return {
      TimeToLiveDescription:
        AttributeName === undefined
          ? { TimeToLiveStatus: 'DISABLED' }
          : { TimeToLiveStatus: 'ENABLED', AttributeName },
    };
  };
