import { assertNever } from '../../../shared/assert-never.ts';
import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { capacityModeIn } from '../engine/capacity.ts';
import { runWrite, type SettledWrite, tellWritten } from '../engine/pending-write.ts';
import type { DocumentPath } from '../expressions/expression-tree.ts';
import { createProjector } from '../expressions/projector.ts';
import { choiceIn } from '../request/members.ts';
import { returnValues } from '../request/old-values-wanted.ts';
import { readUpdate } from '../request/read-write.ts';
import type { Item } from '../values/attribute-value.ts';

const unlessEmpty = (item: Item | undefined): Item | undefined =>
  item === undefined || Object.keys(item).length === 0 ? undefined : item;

function answerAttributes(
  wanted: (typeof returnValues)[number],
  { before, change }: SettledWrite,
  paths: readonly DocumentPath[],
): Item | undefined {
  const after = change.kind === 'put' ? change.item : undefined;
  const updated = (item: Item | undefined): Item | undefined =>
    item === undefined || paths.length === 0 ? undefined : unlessEmpty(createProjector(paths)(item));
  switch (wanted) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return updated(before);
    case 'UPDATED_NEW':
      return updated(after);
    default:
      return assertNever(wanted);
  }
}

export const updateItem =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const wanted = choiceIn(input, 'ReturnValues', returnValues) ?? 'NONE';
    const capacity = capacityModeIn(input);
    const write = readUpdate(tables, input);
    const settled = runWrite(write);
    return {
      Attributes: answerAttributes(wanted, settled, write.paths),
      ConsumedCapacity: tellWritten(capacity, write, settled),
    };
  };
