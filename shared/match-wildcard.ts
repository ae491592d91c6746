/** A wildcard text cut at its stars: `a*b` is `['a', 'b']`; one part alone means that there was no star. */
export type Wildcard = readonly [string, ...string[]];

/**
 * Reads EventBridge's wildcard text: `*` stands for any characters, `\*` for a star, `\\` for a backslash.
 * Answers the reason as a sentence when the text is not a wildcard.
 */
export function parseWildcard(text: string): Wildcard | { readonly problem: string } {
  const parts: [string, ...string[]] = [''];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '*') {
      if (at > 0 && parts.at(-1) === '' && parts.length > 1)
        return { problem: 'two stars may not stand together' };
      parts.push('');
      continue;
    }
    if (character !== '\\') {
      parts[parts.length - 1] += character;
      continue;
    }
    at += 1;
    const escaped = text.charAt(at);
    if (escaped !== '*' && escaped !== '\\') return { problem: 'a backslash may only stand before * or \\' };
    parts[parts.length - 1] += escaped;
  }
  return parts;
}

/** Does the whole value fit? Linear in the value's length: each part is sought once, from left to right. */
export function matchesWildcard(wildcard: Wildcard, value: string): boolean {
  const [first, ...rest] = wildcard;
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return value.length - last.length >= from && value.endsWith(last);
}
