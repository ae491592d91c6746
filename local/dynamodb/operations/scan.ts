import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid } from '../dynamo-errors.ts';
import { capacityModeIn } from '../engine/capacity.ts';
import { readPage } from '../engine/read-page.ts';
import { startColumns } from '../engine/row-columns.ts';
import type { TableSchema } from '../engine/table-schema.ts';
import { findTable } from '../engine/tables.ts';
import { bindExpressions } from '../expressions/bind-expressions.ts';
import { answerPage } from '../request/answer-page.ts';
import { integerIn, type Members, refuseParameters } from '../request/members.ts';
import {
  bindCondition,
  bindProjection,
  conditionIn,
  projectionIn,
  type Test,
} from '../request/read-expressions.ts';
import { itemIfAny } from '../request/read-items.ts';
import { checkProjected, countsOnlyIn, indexIn } from '../request/read-page-wish.ts';
import { tableNameIn } from '../request/table-name.ts';

/** Of a parallel scan, each hash key belongs to one segment. */
function segmentIn(input: Members, schema: TableSchema): Test | undefined {
  const segment = integerIn(input, 'Segment', 0);
  const total = integerIn(input, 'TotalSegments', 1);
  if (total === undefined) {
    if (segment === undefined) return undefined;
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (segment === undefined) {
    throw invalid(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (segment >= total) {
    throw invalid(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  }
  return (item) => {
    let sum = 0;
    for (const byte of Buffer.from(JSON.stringify(item[schema.key.hash.name]))) {
      sum = (Math.imul(sum, 31) + byte) >>> 0;
    }
    return sum % total === segment;
  };
}

export const scan =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    refuseParameters(input, 'Scan', ['AttributesToGet', 'ScanFilter', 'ConditionalOperator']);
    const name = tableNameIn(input);
    const limit = integerIn(input, 'Limit', 1);
    const given = itemIfAny(input, 'ExclusiveStartKey');
    const [filter, projection] = [conditionIn(input, 'FilterExpression'), projectionIn(input)];
    const bindings = bindExpressions(input, [filter, projection]);
    const table = findTable(tables, name);
    const index = indexIn(input, table.schema);
    checkProjected(projection, bindings, index);
    const page = readPage({
      table,
      index,
      selection: {
        columns: index?.columns,
        hash: undefined,
        lower: undefined,
        upper: undefined,
        after: given === undefined ? undefined : startColumns(table.schema, index, given),
        isReversed: false,
      },
      limit,
      segment: segmentIn(input, table.schema),
      filter: bindCondition(filter, bindings),
      project: bindProjection(projection, bindings),
      countsOnly: countsOnlyIn(input, index),
    });
    return answerPage(input, capacityModeIn(input), name, index, page);
  };
