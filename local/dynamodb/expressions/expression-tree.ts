import type { AttributeValue } from '../values/attribute-value.ts';

/** The parameters of a request that hold an expression. */
export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

/** A step of a document path: a name, a placeholder such as `#name`, or a place in a list. */
export type PathStep =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'alias'; readonly alias: string }
  | { readonly kind: 'place'; readonly place: number };

export interface PathNode {
  readonly kind: 'path';
  readonly steps: readonly PathStep[];
}

export interface ValueNode {
  readonly kind: 'value';
  /** Such as `:value`. */
  readonly name: string;
}

export interface SizeNode {
  readonly kind: 'size';
  readonly of: PathNode | ValueNode;
}

export type Operand = PathNode | ValueNode | SizeNode;

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | {
      readonly kind: 'comparison';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly lower: Operand;
      readonly upper: Operand;
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly choices: readonly Operand[] }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'exists' | 'not_exists'; readonly path: PathNode }
  | {
      readonly kind: 'attribute_type' | 'begins_with' | 'contains';
      readonly operand: Operand;
      readonly argument: Operand;
    };

export type SetOperand =
  | PathNode
  | ValueNode
  | { readonly kind: 'if_not_exists'; readonly path: PathNode; readonly otherwise: SetOperand }
  | { readonly kind: 'list_append'; readonly first: SetOperand; readonly second: SetOperand };

export type SetValue =
  | SetOperand
  | {
      readonly kind: 'sum';
      readonly operator: '+' | '-';
      readonly left: SetOperand;
      readonly right: SetOperand;
    };

export type UpdateAction =
  | { readonly kind: 'set'; readonly path: PathNode; readonly value: SetValue }
  | { readonly kind: 'remove'; readonly path: PathNode }
  | { readonly kind: 'add' | 'delete'; readonly path: PathNode; readonly value: ValueNode };

/** A parsed expression, still without the names and values of a request. */
export interface Parsed<Tree> {
  readonly kind: ExpressionKind;
  readonly tree: Tree;
  /** The placeholders in it. */
  readonly aliases: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

/** A document path with its placeholders replaced: names and places in lists. */
export type DocumentPath = readonly (string | number)[];

/** The names and values of one request. */
export interface Bindings {
  pathOf(node: PathNode): DocumentPath;
  valueOf(node: ValueNode): AttributeValue;
}
