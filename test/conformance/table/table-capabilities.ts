import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Whether an implementation does what DynamoDB does, or why its cases are skipped. */
export type Capability = 'as DynamoDB' | { readonly skipped: string };

/** What implementations are known to do otherwise. */
export interface TableCapabilities {
  /** TransactWriteItems and TransactGetItems. */
  readonly transactions: Capability;
  /** A new index of an existing table is filled with its items. */
  readonly addsIndexes: Capability;
  readonly timeToLive: Capability;
  /** ReturnValuesOnConditionCheckFailure. */
  readonly tellsFailedItem: Capability;
  /** Two lists or maps are equal when their members are. */
  readonly comparesCollections: Capability;
  /** size() of a text is that of its bytes in UTF-8. */
  readonly countsBytes: Capability;
  /** Conditions compare texts by their bytes in UTF-8, as keys are ordered. */
  readonly ordersByBytes: Capability;
  /** A value whose type has no order is refused where one is needed. */
  readonly checksOperands: Capability;
  /** Several places of a list are removed as if at once. */
  readonly removesAtOnce: Capability;
  /** Parameters of before expressions are refused by name. */
  readonly refusesLegacy: Capability;
  /** Reading of an index what it does not hold is refused. */
  readonly projectsIndexes: Capability;
  /** A key of an index may not be empty. */
  readonly refusesEmptyIndexKeys: Capability;
}

export interface TableImplementation {
  readonly client: DynamoDBClient;
  stop(): Promise<void>;
}
