import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid, resourceNotFound } from '../dynamo-errors.ts';
import type { IndexDefinition, TableDefinition } from '../engine/table-schema.ts';
import { describeTable } from '../request/describe-table.ts';
import { refuseParameters } from '../request/members.ts';
import { namedTable } from '../request/named-table.ts';
import { checkDefinition, type NewIndex, readTableUpdate } from '../request/read-table-input.ts';
import { tableNameIn } from '../request/table-name.ts';

function withIndex(definition: TableDefinition, index: NewIndex): TableDefinition {
  if (definition.indexes.some(({ IndexName }) => IndexName === index.IndexName)) {
    throw invalid(`Attempting to create an index which already exists`);
  }
  const added: IndexDefinition = { ...index, columns: definition.nextColumns };
  return {
    ...definition,
    indexes: [...definition.indexes, added],
    nextColumns: definition.nextColumns + 1,
  };
}

function withoutIndex(definition: TableDefinition, name: string): TableDefinition {
  const indexes = definition.indexes.filter(({ IndexName }) => IndexName !== name);
  if (indexes.length === definition.indexes.length) {
    throw resourceNotFound(`Requested resource not found: Index: ${name} not found`);
  }
  return { ...definition, indexes };
}

/** Of what was defined, then and now, that which keys use. */
function usedAttributes(
  definition: TableDefinition,
  given: TableDefinition['AttributeDefinitions'],
): TableDefinition['AttributeDefinitions'] {
  const used = new Set(
    [definition.KeySchema, ...definition.indexes.map((index) => index.KeySchema)]
      .flat()
      .map((key) => key.AttributeName),
  );
  const all = new Map(
    [...given, ...definition.AttributeDefinitions].map((attribute) => [attribute.AttributeName, attribute]),
  );
  return [...all.values()].filter(({ AttributeName }) => used.has(AttributeName));
}

/** A new index is filled before this answers. */
export const updateTable =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    refuseParameters(input, 'UpdateTable', ['StreamSpecification', 'ReplicaUpdates']);
    tableNameIn(input);
    const update = readTableUpdate(input);
    const table = namedTable(tables, input);
    const { GlobalSecondaryIndexUpdates: changes = [], BillingMode, ProvisionedThroughput } = update;
    const indexed = changes.reduce<TableDefinition>(
      (definition, change) =>
        'Create' in change
          ? withIndex(definition, change.Create)
          : withoutIndex(definition, change.Delete.IndexName),
      table.definition,
    );
    const definition = {
      ...indexed,
      AttributeDefinitions: usedAttributes(indexed, update.AttributeDefinitions ?? []),
      BillingMode: BillingMode ?? indexed.BillingMode,
      ProvisionedThroughput:
        BillingMode === 'PAY_PER_REQUEST'
          ? undefined
          : (ProvisionedThroughput ?? indexed.ProvisionedThroughput),
    };
    checkDefinition(definition);
    return { TableDescription: describeTable(tables.change(table, definition).definition) };
  };
