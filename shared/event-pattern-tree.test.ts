import { array, assert, boolean, constantFrom, oneof, property, record, tuple } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { expandPattern } from './event-pattern-branches.ts';
import type { Branch, FieldTest } from './event-pattern-branches.ts';
import { isLeaf, isObject } from './event-pattern-choices.ts';
import type { Leaf } from './event-pattern-choices.ts';
import { fitsTree, growTree } from './event-pattern-tree.ts';

/** Which element of which array a value lies in. */
type Membership = ReadonlyMap<number, number>;

interface Field {
  readonly name: string;
  readonly value: Leaf;
  readonly membership: Membership;
}

/** The event as event-ruler sees it: names, values, and the elements of arrays around them. */
function flatten(event: unknown): Field[] {
  const fields: Field[] = [];
  let arrays = 0;
  const visit = (value: unknown, path: readonly string[], membership: Membership): void => {
    if (isLeaf(value)) fields.push({ name: path.join('.'), value, membership });
    else if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, element] of value.entries())
        visit(element, path, isLeaf(element) ? membership : new Map([...membership, [array, index]]));
    } else if (isObject(value))
      for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name], membership);
  };
  visit(event, [], new Map());
  return fields;
}

function join(one: Membership, other: Membership): Membership | undefined {
  const agrees = [...other].every(([array, index]) => (one.get(array) ?? index) === index);
  return agrees ? new Map([...one, ...other]) : undefined;
}

/**
 * "Refuse to recognize any match in which any two fields are within JSON objects that are in different elements of the
 * same array", tried field by field in the order of names; absence is that of what agrees with the fields so far.
 */
function fitsByDefinition(branch: Branch, event: unknown): boolean {
  const fields = flatten(event);
  const nameOf = ({ field }: FieldTest) => field.join('.');
  const tests = branch.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const fitsFrom = (at: number, membership: Membership): boolean => {
    const test = tests[at];
    if (test === undefined) return true;
    const found = fields.flatMap((field) => {
      const joined = field.name === nameOf(test) ? join(membership, field.membership) : undefined;
      return joined === undefined ? [] : [{ field, joined }];
    });
    return (
      found.some(({ field, joined }) => test.choices.accepts(field.value) && fitsFrom(at + 1, joined)) ||
      (test.choices.acceptsAbsence && found.length === 0 && fitsFrom(at + 1, membership))
    );
  };
  return fitsFrom(0, new Map());
}

// Objects in arrays in objects in arrays, of the same few fields. `b-` sorts between `b` and what is below `b`.
const value = constantFrom<unknown>(1, 2, [], [1, 2], [[1]], {});
const choices = constantFrom([1], [2], [{ exists: true }], [{ exists: false }], [{ exists: false }, 1]);
const wrap = (elements: unknown[], isNested: boolean) => (isNested ? [elements] : elements);
const fieldsOf = <Inner, Leaf>(leaf: Arbitrary<Leaf>, inner: Arbitrary<Inner>) =>
  record({ a: leaf, b: inner, 'b-': leaf, c: leaf }, { requiredKeys: [] });
const elementsOf = (element: Arbitrary<unknown>) =>
  oneof(
    element,
    tuple(array(element, { maxLength: 3 }), boolean()).map(([found, nested]) => wrap(found, nested)),
  );
const event = fieldsOf(value, elementsOf(fieldsOf(value, elementsOf(fieldsOf(value, value)))));
const isFilled = (pattern: object) => Object.keys(pattern).length > 0;
const inner = oneof(choices, fieldsOf(choices, choices).filter(isFilled));
const pattern = fieldsOf(choices, oneof(choices, fieldsOf(choices, inner).filter(isFilled))).filter(isFilled);

test('an event fits a tree exactly when it fits by event-ruler’s definition', () => {
  let fitting = 0;
  assert(
    property(pattern, event, (pattern, event) => {
      for (const branch of expandPattern(pattern)) {
        const expected = fitsByDefinition(branch, event);
        if (expected) fitting++;
        expect(fitsTree(growTree(branch), event)).toBe(expected);
      }
    }),
    { numRuns: 20_000 },
  );
  expect(fitting).toBeGreaterThan(250);
});

test('twenty thousand elements that lack a field are looked at once, not once for each of them', () => {
  const elements = Array.from({ length: 20_000 }, () => ({ b: 2 }));
  const [branch = []] = expandPattern({ a: { absent: [{ exists: false }], b: [1] } });
  let reads = 0;
  const counted = elements.map(
    (element) =>
      new Proxy(element, {
        getOwnPropertyDescriptor: (target, key) => {
          if (key === 'absent') reads++;
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
      }),
  );
  expect(fitsTree(growTree(branch), { a: counted })).toBe(false);
  expect(reads).toBeLessThanOrEqual(2 * elements.length);
});
