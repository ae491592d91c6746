import { createHash } from 'node:crypto';

const tagBytes = 16;

/** The strong entity tag of a representation: the same text has the same tag. */
export function createEntityTag(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  return `"${digest.subarray(0, tagBytes).toString('base64url')}"`;
}

interface EntityTag {
  readonly isWeak: boolean;
  readonly opaque: string;
}

/** Reads a list of entity tags; what is none is passed over. A tag may hold a comma. */
function readTags(text: string): EntityTag[] {
  return Array.from(text.matchAll(/(W\/)?("[^"]*")/g), ([, weak, opaque = '']) => ({
    isWeak: weak !== undefined,
    opaque,
  }));
}

/** Whether a condition names the tag: as one that it is exactly, or, compared weakly, as one as good. */
function names(condition: string, tag: string, comparison: 'strong' | 'weak'): boolean {
  if (condition.trim() === '*') return true;
  const [current] = readTags(tag);
  return readTags(condition).some(
    ({ isWeak, opaque }) =>
      opaque === current?.opaque && (comparison === 'weak' || (!isWeak && !current.isWeak)),
  );
}

export type Precondition = 'holds' | 'not_modified' | 'failed';

/**
 * Evaluates the conditions of a request against the current representation's tag, in the order of
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 * @param headers by their names in lower case
 */
export function checkPrecondition(
  method: 'GET' | 'PUT' | 'DELETE',
  headers: Readonly<Record<string, string>>,
  tag: string,
): Precondition {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && !names(ifMatch, tag, 'strong')) return 'failed';
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch === undefined || !names(ifNoneMatch, tag, 'weak')) return 'holds';
  return method === 'GET' ? 'not_modified' : 'failed';
}
