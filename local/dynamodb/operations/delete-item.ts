import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { capacityModeIn } from '../engine/capacity.ts';
import { runWrite, tellWritten } from '../engine/pending-write.ts';
import { oldValuesWanted } from '../request/old-values-wanted.ts';
import { readDelete } from '../request/read-write.ts';

export const deleteItem =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const isOldWanted = oldValuesWanted(input);
    const capacity = capacityModeIn(input);
    const write = readDelete(tables, input);
    const settled = runWrite(write);
    return {
      Attributes: isOldWanted ? settled.before : undefined,
      ConsumedCapacity: tellWritten(capacity, write, settled),
    };
  };
