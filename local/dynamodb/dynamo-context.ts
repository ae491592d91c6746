import type { Tables } from './engine/tables.ts';
import type { Members } from './request/members.ts';
import type { Answer } from './request/json-text.ts';

/** What every operation works with. */
export interface DynamoContext {
  readonly tables: Tables;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Makes unique ids, such as `randomUUID`. */
  readonly newId: () => string;
}

/** One DynamoDB operation: reads its own input, which it may change, and throws DynamoDB's own errors. */
export type DynamoOperation = (input: Members) => Answer;
