import type { Branch, FieldTest } from './event-pattern-branches.ts';
import { isLeaf, isObject } from './event-pattern-choices.ts';
import type { Choices, Leaf } from './event-pattern-choices.ts';

interface LeafNode {
  readonly kind: 'leaf';
  readonly name: string;
  readonly choices: Choices;
}

/** The fields of one object that a branch tests, in the order in which they are tested. */
export interface ObjectNode {
  readonly kind: 'object';
  readonly name: string;
  readonly nodes: readonly (LeafNode | ObjectNode)[];
}

/**
 * Ruler tests fields in the order of their whole names, and that order shows: see `Scope`. All names below an object
 * begin with its own and a dot.
 */
const sortKey = (node: LeafNode | ObjectNode): string => (node.kind === 'leaf' ? node.name : `${node.name}.`);

function growNode(name: string, tests: readonly FieldTest[], depth: number): ObjectNode {
  const leaves = tests.filter(({ field }) => field.length === depth + 1);
  const deeper = tests.filter(({ field }) => field.length > depth + 1);
  const below = Map.groupBy(deeper, ({ field }) => field[depth] ?? '');
  const nodes = [
    ...leaves.map(({ field, choices }): LeafNode => ({ kind: 'leaf', name: field[depth] ?? '', choices })),
    ...Array.from(below, ([name, tests]) => growNode(name, tests, depth + 1)),
  ];
  return {
    kind: 'object',
    name,
    nodes: nodes.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1)),
  };
}

/** Arranges the fields of a branch as the objects that hold them. */
export const growTree = (branch: Branch): ObjectNode => growNode('', branch, 0);

/** Arrays of any depth are crushed: their elements stand for the field itself. */
export function crush(value: unknown): unknown[] {
  const flat: unknown[] = [];
  const rest = value === undefined ? [] : [value];
  while (rest.length > 0) {
    const next: unknown = rest.pop();
    if (Array.isArray(next)) for (let at = next.length - 1; at >= 0; at--) rest.push(next[at]);
    else flat.push(next);
  }
  return flat;
}

export function read(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

const leavesOf = (value: unknown): Leaf[] => crush(value).filter(isLeaf);

/**
 * The objects in which a field must be missing to count as absent. A value that fitted settles which elements of the
 * arrays around it are meant, and fields tested later are absent when these lack them; fields tested before are absent
 * only when all elements do. Answers are kept: many elements ask the same.
 */
interface Scope {
  readonly objects: readonly unknown[];
  readonly absent: Map<LeafNode, boolean>;
  readonly below: Map<ObjectNode, Scope>;
}

const createScope = (objects: readonly unknown[]): Scope => ({
  objects,
  absent: new Map(),
  below: new Map(),
});

function isAbsent(node: LeafNode, scope: Scope): boolean {
  const known = scope.absent.get(node);
  if (known !== undefined) return known;
  const absent = scope.objects.every((object) => leavesOf(read(object, node.name)).length === 0);
  scope.absent.set(node, absent);
  return absent;
}

function descend(node: ObjectNode, scope: Scope): Scope {
  const known = scope.below.get(node);
  if (known !== undefined) return known;
  const below = createScope(scope.objects.flatMap((object) => crush(read(object, node.name))));
  scope.below.set(node, below);
  return below;
}

/** How a part of the event fits: by a value, or only because what may be absent is. */
type Fit = 'none' | 'absent' | 'present';

function fitLeaf(node: LeafNode, object: unknown, scope: Scope): Fit {
  if (leavesOf(read(object, node.name)).some(node.choices.accepts)) return 'present';
  return node.choices.acceptsAbsence && isAbsent(node, scope) ? 'absent' : 'none';
}

/** One element of an array must fit as a whole: two fields never match in two elements. */
function fitBelow(node: ObjectNode, object: unknown, scope: Scope): Fit {
  const below = descend(node, scope);
  const elements = crush(read(object, node.name)).filter(isObject);
  if (elements.length === 0) return fitObject(node, undefined, below);
  for (const element of elements) {
    // What fits one element by absence alone is absent from all: no other one would fit by a value.
    const fit = fitObject(node, element, below);
    if (fit !== 'none') return fit;
  }
  return 'none';
}

function fitObject({ nodes }: ObjectNode, object: unknown, scope: Scope): Fit {
  let settled: Scope | undefined;
  for (const node of nodes) {
    const fit =
      node.kind === 'leaf'
        ? fitLeaf(node, object, settled ?? scope)
        : fitBelow(node, object, settled ?? scope);
    if (fit === 'none') return fit;
    if (fit === 'present') settled ??= createScope([object]);
  }
  return settled === undefined ? 'absent' : 'present';
}

/** Does the event fit the tree? */
export const fitsTree = (tree: ObjectNode, event: unknown): boolean =>
  fitObject(tree, event, createScope([event])) !== 'none';
