import { z } from 'zod';
import { nameResource } from './name-resource.ts';
import { type ReadResource, resolveProperties } from './read-resource.ts';
import { TemplateError } from './template.ts';

const keySchema = z
  .array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
  .min(1);

const projection = z.strictObject({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: z.array(z.string()).optional(),
});

const index = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: projection,
  OnDemandThroughput: z.unknown().optional(),
  WarmThroughput: z.unknown().optional(),
});

const properties = z.strictObject({
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.array(index).optional(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
  // No local meaning: one region, no backups but the folder itself, disk encryption is the owner's.
  Replicas: z.unknown().optional(),
  SSESpecification: z.unknown().optional(),
  PointInTimeRecoverySpecification: z.unknown().optional(),
  DeletionProtectionEnabled: z.unknown().optional(),
  TableClass: z.unknown().optional(),
  Tags: z.unknown().optional(),
  WarmThroughput: z.unknown().optional(),
  WriteOnDemandThroughputSettings: z.unknown().optional(),
});

export interface TableModel {
  readonly logicalId: string;
  readonly name: string;
  /** The input of DynamoDB's CreateTable. */
  readonly create: {
    readonly TableName: string;
    readonly AttributeDefinitions: readonly { AttributeName: string; AttributeType: string }[];
    readonly KeySchema: readonly { AttributeName: string; KeyType: string }[];
    readonly BillingMode: 'PAY_PER_REQUEST';
    readonly GlobalSecondaryIndexes?: readonly {
      IndexName: string;
      KeySchema: readonly { AttributeName: string; KeyType: string }[];
      Projection: { ProjectionType: string; NonKeyAttributes?: readonly string[] | undefined };
    }[];
  };
  /** The attribute that holds a row's end in epoch seconds. */
  readonly expiresAttribute: string | undefined;
}

export const readTable: ReadResource<TableModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  const name = nameResource(logicalId, resource);
  const indexes = given.GlobalSecondaryIndexes ?? [];
  const known = new Set(given.AttributeDefinitions.map((attribute) => attribute.AttributeName));
  for (const key of [given.KeySchema, ...indexes.map((each) => each.KeySchema)].flat()) {
    if (!known.has(key.AttributeName)) {
      throw new TemplateError(
        logicalId,
        resource.Type,
        `key ${key.AttributeName} has no AttributeDefinition`,
      );
    }
  }
  const ttl = given.TimeToLiveSpecification;
  return {
    logicalId,
    name,
    create: {
      TableName: name,
      AttributeDefinitions: given.AttributeDefinitions,
      KeySchema: given.KeySchema,
      BillingMode: given.BillingMode,
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({
              IndexName,
              KeySchema,
              Projection,
            })),
          }),
    },
    expiresAttribute: ttl?.Enabled === true ? ttl.AttributeName : undefined,
  };
};
