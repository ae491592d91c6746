import type { TableDefinition } from '../engine/table-schema.ts';

/** The ARN of a table of the local account. */
export const tableArn = (name: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

/** A table as DynamoDB describes it, without counts: those are hours old on AWS and costly here. */
export function describeTable(definition: TableDefinition, TableStatus: 'ACTIVE' | 'DELETING' = 'ACTIVE') {
  const { TableName, TableId, CreationDateTime, AttributeDefinitions, KeySchema, BillingMode, indexes } =
    definition;
  const TableArn = tableArn(TableName);
  const ProvisionedThroughput = {
    NumberOfDecreasesToday: 0,
    ...(definition.ProvisionedThroughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }),
  };
  return {
    TableName,
    TableArn,
    TableId,
    TableStatus,
    CreationDateTime,
    AttributeDefinitions,
    KeySchema,
    ProvisionedThroughput,
    ...(BillingMode === 'PAY_PER_REQUEST' ? { BillingModeSummary: { BillingMode } } : {}),
    ...(indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: indexes.map((index) => ({
            IndexName: index.IndexName,
            KeySchema: index.KeySchema,
            Projection: index.Projection,
            IndexStatus: TableStatus,
            IndexArn: `${TableArn}/index/${index.IndexName}`,
            ProvisionedThroughput,
          })),
        }),
  };
}
