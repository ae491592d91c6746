import { bindExpressions } from '../expressions/bind-expressions.ts';
import { checkCondition } from '../expressions/check-condition.ts';
import { findClash } from '../expressions/document-path.ts';
import type { Bindings, Condition, Parsed, PathNode } from '../expressions/expression-tree.ts';
import { holds } from '../expressions/holds.ts';
import { parseConditionText, parseProjectionText } from '../expressions/parse-expression.ts';
import { createProjector } from '../expressions/projector.ts';
import { invalid } from '../dynamo-errors.ts';
import type { Item } from '../values/attribute-value.ts';
import { type Members, textIn } from './members.ts';

export function conditionIn(
  input: Members,
  kind: 'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression',
): Parsed<Condition> | undefined {
  const text = textIn(input, kind);
  return text === undefined ? undefined : parseConditionText(kind, text);
}

export function projectionIn(input: Members): Parsed<readonly PathNode[]> | undefined {
  const text = textIn(input, 'ProjectionExpression');
  return text === undefined ? undefined : parseProjectionText('ProjectionExpression', text);
}

export type Test = (item: Item) => boolean;

/** The condition with a request's values in it; undefined when there is none. Throws ValidationException. */
export function bindCondition(parsed: Parsed<Condition> | undefined, bindings: Bindings): Test | undefined {
  if (parsed === undefined) return undefined;
  checkCondition(parsed, bindings);
  return (item) => holds(parsed.tree, item, bindings);
}

export type Projection = (item: Item) => Item;

/** The projection with a request's names in it; undefined when there is none. Throws ValidationException. */
export function bindProjection(
  parsed: Parsed<readonly PathNode[]> | undefined,
  bindings: Bindings,
): Projection | undefined {
  if (parsed === undefined) return undefined;
  const paths = parsed.tree.map((node) => bindings.pathOf(node));
  const clash = findClash(paths);
  if (clash !== undefined) throw invalid(`Invalid ProjectionExpression: ${clash}`);
  return createProjector(paths);
}

/** For requests that have a projection and no other expression. */
export function readProjection(input: Members): Projection | undefined {
  const parsed = projectionIn(input);
  return bindProjection(parsed, bindExpressions(input, [parsed]));
}
