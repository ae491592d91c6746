import * as z from 'zod';
import { parseInput } from '../../aws/parse-input.ts';
import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid } from '../dynamo-errors.ts';
import { namedTable } from '../request/named-table.ts';

const update = z.object({
  TimeToLiveSpecification: z.object({ AttributeName: z.string().min(1).max(255), Enabled: z.boolean() }),
});

export const updateTimeToLive =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const { TimeToLiveSpecification } = parseInput(update, input);
    const table = namedTable(tables, input);
    const { AttributeName, Enabled } = TimeToLiveSpecification;
    const known = table.definition.expiresAttribute;
    if (Enabled && known !== undefined) throw invalid('TimeToLive is already enabled');
    if (!Enabled && known === undefined) throw invalid('TimeToLive is already disabled');
    if (!Enabled && known !== AttributeName) {
      throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${known}`);
    }
    tables.change(table, { ...table.definition, expiresAttribute: Enabled ? AttributeName : undefined });
    return { TimeToLiveSpecification };
  };
