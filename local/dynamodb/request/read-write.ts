import { findClash } from '../expressions/document-path.ts';
import { applyUpdate } from '../expressions/apply-update.ts';
import { bindExpressions } from '../expressions/bind-expressions.ts';
import { checkUpdate } from '../expressions/check-update.ts';
import type { DocumentPath } from '../expressions/expression-tree.ts';
import { parseUpdateText } from '../expressions/parse-expression.ts';
import { invalid, invalidParameter } from '../dynamo-errors.ts';
import { keyColumns, rowColumns } from '../engine/row-columns.ts';
import type { Change, PendingWrite } from '../engine/pending-write.ts';
import { type Table, type Tables, findTable } from '../engine/tables.ts';
import { keyAttributes } from '../engine/table-schema.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { checkItemSize } from '../values/check-value.ts';
import { choiceIn, type Members, refuseParameters, required, textIn } from './members.ts';
import { bindCondition, conditionIn } from './read-expressions.ts';
import { itemIn } from './read-items.ts';
import { tableNameIn } from './table-name.ts';

const tellsItemIn = (input: Members): boolean =>
  choiceIn(input, 'ReturnValuesOnConditionCheckFailure', ['ALL_OLD', 'NONE']) === 'ALL_OLD';

function readCondition(input: Members): Pick<PendingWrite, 'condition' | 'tellsItem'> {
  const parsed = conditionIn(input, 'ConditionExpression');
  const bindings = bindExpressions(input, [parsed]);
  return { condition: bindCondition(parsed, bindings), tellsItem: tellsItemIn(input) };
}

/** The change that stores an item. Throws ValidationException when it does not fit the table. */
export function putChange(table: Table, item: Item): Extract<Change, { kind: 'put' }> {
  const columns = rowColumns(table.schema, item);
  const text = JSON.stringify(item);
  checkItemSize(item, text, 'Item size has exceeded the maximum allowed size');
  return { kind: 'put', columns, item, text };
}

const legacyWrite = ['Expected', 'ConditionalOperator'];

export function readPut(tables: Tables, input: Members): PendingWrite & { readonly change: Change } {
  refuseParameters(input, 'PutItem', legacyWrite);
  const name = tableNameIn(input);
  const item = itemIn(input, 'Item');
  const checks = readCondition(input);
  const table = findTable(tables, name);
  const change = putChange(table, item);
  return { table, key: change.columns.key, ...checks, change, changeOf: () => change };
}

export function readDelete(tables: Tables, input: Members): PendingWrite {
  refuseParameters(input, 'DeleteItem', legacyWrite);
  const name = tableNameIn(input);
  const given = itemIn(input, 'Key');
  const checks = readCondition(input);
  const table = findTable(tables, name);
  return {
    table,
    key: keyColumns(table.schema.key, given),
    ...checks,
    changeOf: (stored) => ({ kind: stored === undefined ? 'none' : 'delete' }),
  };
}

/** A condition of a transaction that writes nothing. */
export function readConditionCheck(tables: Tables, input: Members): PendingWrite {
  const name = tableNameIn(input);
  const given = itemIn(input, 'Key');
  required('ConditionExpression', textIn(input, 'ConditionExpression'));
  const checks = readCondition(input);
  const table = findTable(tables, name);
  return {
    table,
    key: keyColumns(table.schema.key, given),
    ...checks,
    changeOf: () => ({ kind: 'none' }),
  };
}

function refuseKeyChanges({ schema }: Table, paths: readonly DocumentPath[]): void {
  const keys = keyAttributes(schema.key).map(({ name }) => name);
  for (const [name] of paths) {
    if (typeof name === 'string' && keys.includes(name)) {
      throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`);
    }
  }
}

/** An update, with the paths that it changes. */
export function readUpdate(
  tables: Tables,
  input: Members,
): PendingWrite & { readonly paths: readonly DocumentPath[] } {
  refuseParameters(input, 'UpdateItem', ['AttributeUpdates', ...legacyWrite]);
  const name = tableNameIn(input);
  const given = itemIn(input, 'Key');
  const text = textIn(input, 'UpdateExpression');
  const update = text === undefined ? undefined : parseUpdateText('UpdateExpression', text);
  const parsedCondition = conditionIn(input, 'ConditionExpression');
  const bindings = bindExpressions(input, [update, parsedCondition]);
  const condition = bindCondition(parsedCondition, bindings);
  const actions = update?.tree ?? [];
  checkUpdate(actions, bindings);
  const paths = actions.map(({ path }) => bindings.pathOf(path));
  const clash = findClash(paths);
  if (clash !== undefined) throw invalid(`Invalid UpdateExpression: ${clash}`);
  const table = findTable(tables, name);
  const key = keyColumns(table.schema.key, given);
  refuseKeyChanges(table, paths);
  return {
    table,
    key,
    condition,
    tellsItem: tellsItemIn(input),
    paths,
    changeOf: (stored) => {
      const item = stored === undefined ? { ...given } : parseItem(stored.text);
      applyUpdate(actions, stored?.item ?? given, item, bindings);
      const columns = rowColumns(table.schema, item);
      const itemText = JSON.stringify(item);
      checkItemSize(item, itemText, 'Item size to update has exceeded the maximum allowed size');
      return { kind: 'put', columns, item, text: itemText };
    },
  };
}
