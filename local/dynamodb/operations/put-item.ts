import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { capacityModeIn } from '../engine/capacity.ts';
import { applyChange, runWrite, tellWritten } from '../engine/pending-write.ts';
import { oldValuesWanted } from '../request/old-values-wanted.ts';
import { readPut } from '../request/read-write.ts';

export const putItem =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const isOldWanted = oldValuesWanted(input);
    const capacity = capacityModeIn(input);
    const write = readPut(tables, input);
    if (write.condition === undefined && !isOldWanted && capacity === 'NONE') {
      applyChange(write, write.change);
      return {};
    }
    const settled = runWrite(write);
    return {
      Attributes: isOldWanted ? settled.before : undefined,
      ConsumedCapacity: tellWritten(capacity, write, settled),
    };
  };
