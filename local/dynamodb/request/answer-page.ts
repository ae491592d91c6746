import { type CapacityMode, readUnits, tellCapacity } from '../engine/capacity.ts';
import type { Page } from '../engine/read-page.ts';
import type { IndexSchema } from '../engine/table-schema.ts';
import { type Answer, jsonList } from './json-text.ts';
import { flagIn, type Members } from './members.ts';

/** The answer of a query or scan. */
export function answerPage(
  input: Members,
  capacity: CapacityMode,
  tableName: string,
  index: IndexSchema | undefined,
  page: Page,
): Answer {
  const kind = flagIn(input, 'ConsistentRead') === true ? 'consistent' : 'eventual';
  return {
    Items: input['Select'] === 'COUNT' ? undefined : jsonList(page.texts),
    Count: page.count,
    ScannedCount: page.scannedCount,
    LastEvaluatedKey: page.lastKey,
    ConsumedCapacity:
      capacity === 'NONE'
        ? undefined
        : tellCapacity(capacity, tableName, readUnits(page.bytes(), kind), index?.name),
  };
}
