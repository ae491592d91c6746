import type { Branch, FieldTest } from './event-pattern-branches.ts';
import { isComparable, isLeaf, isObject } from './event-pattern-choices.ts';
import { crush, read } from './event-pattern-tree.ts';

/** Where an event does not fit a pattern. */
export interface Mismatch {
  /** The event's field, such as `data.score`. */
  readonly field: string;
  /** What it is and what is accepted, in one sentence of bounded length. */
  readonly message: string;
}

const valuesShownMax = 3;
const valueCharactersMax = 80;
const acceptedCharactersMax = 200;
const nameCharactersMax = 100;

/** The text with its end cut off, never within a character. */
const shorten = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).toWellFormed()}…`;

/** Every value that the field has, in whatever elements of arrays. */
const valuesAt = (event: unknown, field: readonly string[]): unknown[] =>
  field.reduce<unknown[]>((values, name) => values.flatMap((value) => crush(read(value, name))), [event]);

const nameOf = ({ field }: FieldTest): string => shorten(field.join('.'), nameCharactersMax);

// A long text is cut before it is quoted: a field may hold 256 KB.
const showValue = (value: unknown): string =>
  shorten(
    JSON.stringify(typeof value === 'string' ? value.slice(0, valueCharactersMax) : value),
    valueCharactersMax,
  );

function describeValues(values: readonly unknown[]): string {
  if (values.length === 0) return 'is absent';
  const leaves = values.filter(isLeaf);
  if (leaves.length === 0) return 'is an object';
  const shown = leaves.slice(0, valuesShownMax).map(showValue).join(', ');
  return `is ${shown}${leaves.length > valuesShownMax ? ` and ${leaves.length - valuesShownMax} more` : ''}`;
}

function describeAccepted({ choices }: FieldTest): string {
  return shorten(choices.given.map((choice) => JSON.stringify(choice)).join(', '), acceptedCharactersMax);
}

/** Why a number may not fit although it seems to lie in the range. */
function hintAtNumber({ choices }: FieldTest, values: readonly unknown[]): string {
  const isRange = choices.given.some((choice) => isObject(choice) && Object.hasOwn(choice, 'numeric'));
  return isRange && values.some((value) => typeof value === 'number' && !isComparable(value))
    ? ' (numeric compares numbers within ±5e9 and of at most 6 decimals)'
    : '';
}

function describeField(test: FieldTest, values: readonly unknown[]): Mismatch {
  const accepted = `${describeAccepted(test)}${hintAtNumber(test, values)}`;
  return { field: nameOf(test), message: `${nameOf(test)} ${describeValues(values)}; accepted: ${accepted}` };
}

/**
 * Tells why an event does not fit a branch: the first field that fits nowhere in it, or else the fields that fit, but
 * in different elements of an array.
 */
export function explainMismatch(branch: Branch, event: unknown): Mismatch {
  const judged = branch.map((test) => {
    const values = valuesAt(event, test.field);
    const leaves = values.filter(isLeaf);
    return {
      test,
      values,
      fits: leaves.some(test.choices.accepts) || (test.choices.acceptsAbsence && leaves.length === 0),
    };
  });
  const failing = judged.filter(({ fits }) => !fits);
  // A field that may be absent can be so in the elements that are meant, whatever others hold.
  const first = failing.find(({ test }) => !test.choices.acceptsAbsence) ?? failing[0];
  if (first !== undefined) return describeField(first.test, first.values);
  const names = branch.map(nameOf);
  return {
    field: names[0] ?? '',
    message: shorten(
      `${names.join(', ')} fit one by one, but not in the same element of an array`,
      acceptedCharactersMax,
    ),
  };
}
