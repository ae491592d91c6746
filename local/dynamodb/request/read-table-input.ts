import * as z from 'zod';
import { parseInput } from '../../aws/parse-input.ts';
import { invalid, invalidParameter } from '../dynamo-errors.ts';
import type { TableDefinition } from '../engine/table-schema.ts';
import type { Members } from './members.ts';

const attributeDefinitions = z.array(
  z.object({ AttributeName: z.string().min(1).max(255), AttributeType: z.enum(['S', 'N', 'B']) }),
);
const keySchema = z
  .array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
  .min(1)
  .max(2);
const newIndex = z.object({
  IndexName: z
    .string()
    .min(3)
    .max(255)
    .regex(/^[a-zA-Z0-9_.-]+$/),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).min(1).optional(),
  }),
});
const throughput = z.object({ ReadCapacityUnits: z.int().min(1), WriteCapacityUnits: z.int().min(1) });
const billingMode = z.enum(['PAY_PER_REQUEST', 'PROVISIONED']);

const newTable = z.object({
  AttributeDefinitions: attributeDefinitions,
  KeySchema: keySchema,
  BillingMode: billingMode.default('PROVISIONED'),
  ProvisionedThroughput: throughput.optional(),
  GlobalSecondaryIndexes: z.array(newIndex).min(1).max(20).optional(),
});

const indexUpdate = z.union([
  z.strictObject({ Create: newIndex }),
  z.strictObject({ Delete: z.object({ IndexName: z.string() }) }),
]);
const tableUpdate = z.object({
  AttributeDefinitions: attributeDefinitions.optional(),
  BillingMode: billingMode.optional(),
  ProvisionedThroughput: throughput.optional(),
  GlobalSecondaryIndexUpdates: z.array(indexUpdate).min(1).optional(),
});

export type NewIndex = z.infer<typeof newIndex>;
type Definitions = z.infer<typeof attributeDefinitions>;

function checkKeySchema(schema: z.infer<typeof keySchema>, definitions: Definitions): void {
  const defined = definitions.map(({ AttributeName }) => AttributeName);
  const keys = schema.map(({ AttributeName }) => AttributeName);
  const [hash, range] = schema;
  if (hash?.AttributeName === range?.AttributeName) {
    throw invalid('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  }
  if (hash?.KeyType !== 'HASH') {
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  if (range !== undefined && range.KeyType !== 'RANGE') {
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
  if (keys.some((key) => !defined.includes(key))) {
    throw invalidParameter(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
    );
  }
}

function checkIndex({ KeySchema, Projection }: NewIndex, definitions: Definitions): void {
  checkKeySchema(KeySchema, definitions);
  const { ProjectionType, NonKeyAttributes } = Projection;
  if (NonKeyAttributes !== undefined && ProjectionType !== 'INCLUDE') {
    throw invalidParameter(`ProjectionType is ${ProjectionType}, but NonKeyAttributes is specified`);
  }
  if (NonKeyAttributes === undefined && ProjectionType === 'INCLUDE') {
    throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
}

/** Checks the keys and indexes of a table as it is to be. Throws ValidationException. */
export function checkDefinition({ AttributeDefinitions, KeySchema, indexes }: TableDefinition): void {
  checkKeySchema(KeySchema, AttributeDefinitions);
  const names = new Set<string>();
  for (const index of indexes) {
    checkIndex(index, AttributeDefinitions);
    if (names.has(index.IndexName)) throw invalidParameter(`Duplicate index name: ${index.IndexName}`);
    names.add(index.IndexName);
  }
  const used = new Set(
    [KeySchema, ...indexes.map((index) => index.KeySchema)].flat().map((key) => key.AttributeName),
  );
  if (used.size !== AttributeDefinitions.length) {
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
}

export function readNewTable(input: Members): z.infer<typeof newTable> {
  const given = parseInput(newTable, input);
  const isProvisioned = given.BillingMode === 'PROVISIONED';
  if (isProvisioned && given.ProvisionedThroughput === undefined) {
    throw invalidParameter(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  if (!isProvisioned && given.ProvisionedThroughput !== undefined) {
    throw invalidParameter(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  return given;
}

export function readTableUpdate(input: Members): z.infer<typeof tableUpdate> {
  const given = parseInput(tableUpdate, input);
  if (Object.values(given).every((value) => value === undefined)) {
    throw invalid(
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
    );
  }
  return given;
}
