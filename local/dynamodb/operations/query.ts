import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid } from '../dynamo-errors.ts';
import { capacityModeIn } from '../engine/capacity.ts';
import { compareColumns, type KeyColumn } from '../engine/key-column.ts';
import { comparedColumn, everyKey, isInRange, type KeyRange, rangeOf } from '../engine/key-range.ts';
import { readPage } from '../engine/read-page.ts';
import { startColumns } from '../engine/row-columns.ts';
import { findTable } from '../engine/tables.ts';
import { bindExpressions } from '../expressions/bind-expressions.ts';
import { checkCondition, pathsIn } from '../expressions/check-condition.ts';
import { readKeyCondition } from '../expressions/key-condition.ts';
import { answerPage } from '../request/answer-page.ts';
import { flagIn, integerIn, refuseParameters } from '../request/members.ts';
import { bindCondition, bindProjection, conditionIn, projectionIn } from '../request/read-expressions.ts';
import { itemIfAny } from '../request/read-items.ts';
import { checkProjected, countsOnlyIn, indexIn, refuseKeysInFilter } from '../request/read-page-wish.ts';
import { tableNameIn } from '../request/table-name.ts';

function checkStart(start: readonly KeyColumn[], hash: KeyColumn, range: KeyRange): void {
  const [startHash, startRange] = start;
  if (startHash === undefined || compareColumns(startHash, hash) !== 0) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
  if (startRange !== undefined && !isInRange(range, startRange)) {
    throw invalid('The provided starting key does not match the range key predicate');
  }
}

export const query =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    refuseParameters(input, 'Query', [
      'AttributesToGet',
      'KeyConditions',
      'QueryFilter',
      'ConditionalOperator',
    ]);
    const name = tableNameIn(input);
    const limit = integerIn(input, 'Limit', 1);
    const given = itemIfAny(input, 'ExclusiveStartKey');
    const keyCondition = conditionIn(input, 'KeyConditionExpression');
    if (keyCondition === undefined) {
      throw invalid(
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
    }
    const [filter, projection] = [conditionIn(input, 'FilterExpression'), projectionIn(input)];
    const bindings = bindExpressions(input, [keyCondition, filter, projection]);
    checkCondition(keyCondition, bindings);
    const table = findTable(tables, name);
    const index = indexIn(input, table.schema);
    const { key } = index ?? table.schema;
    const condition = readKeyCondition(keyCondition.tree, key, bindings);
    if (filter !== undefined) refuseKeysInFilter(pathsIn(filter.tree), bindings, key);
    checkProjected(projection, bindings, index);
    const hash = comparedColumn(condition.hash, key.hash);
    const range =
      condition.range === undefined || key.range === undefined
        ? everyKey
        : rangeOf(condition.range, key.range);
    const after = given === undefined ? undefined : startColumns(table.schema, index, given);
    if (after !== undefined) checkStart(after, hash, range);
    const isReversed = flagIn(input, 'ScanIndexForward') === false;
    const page = readPage({
      table,
      index,
      selection: {
        columns: index?.columns,
        hash,
        // Where a page goes on is the narrower bound: SQLite must not walk there from the other.
        lower: after !== undefined && !isReversed ? undefined : range.lower,
        upper: after !== undefined && isReversed ? undefined : range.upper,
        after,
        isReversed,
      },
      limit,
      segment: undefined,
      filter: bindCondition(filter, bindings),
      project: bindProjection(projection, bindings),
      countsOnly: countsOnlyIn(input, index),
    });
    return answerPage(input, capacityModeIn(input), name, index, page);
  };
