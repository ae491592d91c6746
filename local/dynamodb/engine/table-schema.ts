import * as z from 'zod';

export type KeyType = 'S' | 'N' | 'B';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface KeySchema {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | undefined;
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const indexDefinition = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
  /** Names the index's columns; never used again in its table. */
  columns: z.int(),
});

/** A table as the file remembers it, in DynamoDB's own words. */
export const tableDefinition = z.object({
  TableName: z.string(),
  TableId: z.string(),
  /** Epoch seconds. */
  CreationDateTime: z.number(),
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: z.enum(['PAY_PER_REQUEST', 'PROVISIONED']),
  ProvisionedThroughput: z
    .object({ ReadCapacityUnits: z.number(), WriteCapacityUnits: z.number() })
    .optional(),
  indexes: z.array(indexDefinition),
  nextColumns: z.int(),
  /** The attribute of the time to live. */
  expiresAttribute: z.string().optional(),
});

export type TableDefinition = z.infer<typeof tableDefinition>;
export type IndexDefinition = z.infer<typeof indexDefinition>;

export interface IndexSchema {
  readonly name: string;
  readonly columns: number;
  readonly key: KeySchema;
  /** The attributes that its readers see; undefined: all. */
  readonly projected: ReadonlySet<string> | undefined;
}

export interface TableSchema {
  readonly name: string;
  readonly key: KeySchema;
  readonly indexes: readonly IndexSchema[];
  readonly expiresAttribute: string | undefined;
}

export const keyAttributes = ({ hash, range }: KeySchema): KeyAttribute[] =>
  range === undefined ? [hash] : [hash, range];

function readKey(
  schema: z.infer<typeof keySchema>,
  { AttributeDefinitions }: Pick<TableDefinition, 'AttributeDefinitions'>,
): KeySchema {
  const attributes = schema.map(({ AttributeName: name }): KeyAttribute => {
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    if (type === undefined) throw new Error(`Key ${name} has no definition.`);
    return { name, type };
  });
  const [hash, range] = attributes;
  if (hash === undefined) throw new Error('A table or index has no key.');
  return { hash, range };
}

/** What reads and writes need of a definition. */
export function schemaOf(definition: TableDefinition): TableSchema {
  const key = readKey(definition.KeySchema, definition);
  return {
    name: definition.TableName,
    key,
    indexes: definition.indexes.map(({ IndexName: name, KeySchema, Projection, columns }) => {
      const indexKey = readKey(KeySchema, definition);
      const keys = [...keyAttributes(key), ...keyAttributes(indexKey)].map((attribute) => attribute.name);
      const projected =
        Projection.ProjectionType === 'ALL'
          ? undefined
          : new Set([...keys, ...(Projection.NonKeyAttributes ?? [])]);
      return { name, columns, key: indexKey, projected };
    }),
    expiresAttribute: definition.expiresAttribute,
  };
}
