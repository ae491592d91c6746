/** A text, and per UTF-16 unit what it may be in the other text: its lower or its upper case. */
export type CaselessText = readonly (readonly [lower: string, upper: string])[];

/**
 * Folds unit by unit, as event-ruler does: `ß` fits `SS`, and a final sigma is no other sigma's case. Folding both
 * texts whole would differ there, and by the words around a letter.
 */
export const parseCaseless = (text: string): CaselessText =>
  Array.from({ length: text.length }, (_, at) => {
    const unit = text.charAt(at);
    return [unit.toLowerCase(), unit.toUpperCase()] as const;
  });

// No unit's two cases begin or end alike unless they are equal, so the first that fits is the only one.
function fitAt(text: CaselessText, value: string, from: number): number | undefined {
  let at = from;
  for (const cases of text) {
    const fitting = cases.find((one) => value.startsWith(one, at));
    if (fitting === undefined) return undefined;
    at += fitting.length;
  }
  return at;
}

/** Does the value equal the text but for case? */
export const equalsCaseless = (text: CaselessText, value: string): boolean =>
  fitAt(text, value, 0) === value.length;

/** Does the value begin with the text but for case? */
export const startsCaseless = (text: CaselessText, value: string): boolean =>
  fitAt(text, value, 0) !== undefined;

/** Does the value end with the text but for case? */
export function endsCaseless(text: CaselessText, value: string): boolean {
  let end = value.length;
  for (const cases of text.toReversed()) {
    const fitting = cases.find((one) => value.endsWith(one, end));
    if (fitting === undefined) return false;
    end -= fitting.length;
  }
  return true;
}
