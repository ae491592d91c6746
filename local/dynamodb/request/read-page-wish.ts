import { assertNever } from '../../../shared/assert-never.ts';
import { invalid, invalidParameter } from '../dynamo-errors.ts';
import { type IndexSchema, keyAttributes, type TableSchema } from '../engine/table-schema.ts';
import type { Bindings, Parsed, PathNode } from '../expressions/expression-tree.ts';
import { choiceIn, flagIn, type Members, textIn } from './members.ts';

/** The index that is to be read; undefined: the table. Throws ValidationException. */
export function indexIn(input: Members, schema: TableSchema): IndexSchema | undefined {
  const name = textIn(input, 'IndexName');
  if (name === undefined) return undefined;
  const index = schema.indexes.find((each) => each.name === name);
  if (index === undefined) throw invalid(`The table does not have the specified index: ${name}`);
  if (flagIn(input, 'ConsistentRead') === true) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  return index;
}

/** Are the items only counted? Throws ValidationException when `Select` does not go with the rest. */
export function countsOnlyIn(input: Members, index: IndexSchema | undefined): boolean {
  const select = choiceIn(input, 'Select', [
    'SPECIFIC_ATTRIBUTES',
    'COUNT',
    'ALL_ATTRIBUTES',
    'ALL_PROJECTED_ATTRIBUTES',
  ]);
  const isProjected = textIn(input, 'ProjectionExpression') !== undefined;
  if (isProjected && select !== undefined && select !== 'SPECIFIC_ATTRIBUTES') {
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${select}`);
  }
  switch (select) {
    case 'COUNT':
      return true;
    case 'SPECIFIC_ATTRIBUTES':
      if (!isProjected) {
        throw invalid(
          'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
        );
      }
      return false;
    case 'ALL_PROJECTED_ATTRIBUTES':
      if (index === undefined) {
        throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
      }
      return false;
    case 'ALL_ATTRIBUTES':
      if (index?.projected !== undefined) {
        throw invalidParameter(
          `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
        );
      }
      return false;
    case undefined:
      return false;
    default:
      return assertNever(select);
  }
}

/** Refuses a projection of attributes that the index does not hold. */
export function checkProjected(
  projection: Parsed<readonly PathNode[]> | undefined,
  bindings: Bindings,
  index: IndexSchema | undefined,
): void {
  const projected = index?.projected;
  if (projection === undefined || projected === undefined) return;
  const foreign = projection.tree
    .map((node) => bindings.pathOf(node)[0])
    .filter((name) => typeof name === 'string' && !projected.has(name));
  if (foreign.length > 0) {
    throw invalidParameter(`Global secondary index ${index?.name} does not project [${foreign.join(', ')}]`);
  }
}

/** A query's filter may not name the keys that it goes by. */
export function refuseKeysInFilter(
  paths: readonly PathNode[],
  bindings: Bindings,
  key: IndexSchema['key'],
): void {
  const keys = keyAttributes(key).map(({ name }) => name);
  for (const path of paths) {
    const [name] = bindings.pathOf(path);
    if (typeof name === 'string' && keys.includes(name)) {
      throw invalid(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
    }
  }
}
