import * as z from 'zod';

/** Headers that a webhook adds to its posts, by name. */
export type CustomHeaders = Readonly<Record<string, string>>;

export const customHeadersMax = 20;
export const headerNameCharactersMax = 64;
export const headerValueCharactersMax = 2048;
/**
 * All of them as JSON: they are sealed as one text.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
export const customHeadersBytesMax = 4096;

/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
export const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible Latin-1 with blanks inside: no control characters, and nothing that a receiver would trim. */
export const fieldValuePattern = /^[\x21-\x7e\xa1-\xff](?:[\t\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa1-\xff])?$/;

const ours = new Set(['user-agent', 'content-type', 'content-length', 'content-encoding']);
const ourPrefixes = ['webhook-', 'x-sublarr-'];
/** They speak of the connection, not of the message. https://www.rfc-editor.org/rfc/rfc9110#name-connection */
const ofTheConnection = new Set([
  'host',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
]);
const connectionPrefixes = ['proxy-'];

const startsWithOne = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name.startsWith(prefix));

/** Says why a name may not be a custom header's; undefined when it may. */
export function findHeaderNameProblem(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (!tokenPattern.test(name)) return 'is no header name: use letters, digits and - only';
  if (name.length > headerNameCharactersMax) return `is longer than ${headerNameCharactersMax} characters`;
  if (ours.has(lower) || startsWithOne(lower, ourPrefixes)) return 'is set by us and cannot be overridden';
  if (ofTheConnection.has(lower) || startsWithOne(lower, connectionPrefixes)) {
    return 'belongs to the connection and cannot be set';
  }
  // No object made from JSON can be trusted to hold it.
  return name === '__proto__' ? 'is no header name that can be kept' : undefined;
}

/** Says what is wrong with a value, without showing it; undefined when nothing is. */
export function findHeaderValueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value.length > headerValueCharactersMax) return `is longer than ${headerValueCharactersMax} characters`;
  return fieldValuePattern.test(value)
    ? undefined
    : 'must be visible ASCII or Latin-1 text, with blanks inside only: no line breaks, no control characters';
}

/** The `headers` of a request. Every problem is named with its place; a value is never repeated. */
export const headersSchema = z.unknown().transform((given, context): CustomHeaders => {
  const report = (message: string, ...path: string[]): void => {
    context.issues.push({ code: 'custom', input: undefined, path, message });
  };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    report('must be an object of names and values');
    return z.NEVER;
  }
  const entries: [string, unknown][] = Object.entries(given);
  if (entries.length > customHeadersMax) report(`holds more than ${customHeadersMax} headers`);
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const problem = findHeaderNameProblem(name) ?? findHeaderValueProblem(value);
    if (problem !== undefined) report(problem, name);
    else if (seen.has(name.toLowerCase()))
      report('is given twice: upper and lower case make no other name', name);
    seen.add(name.toLowerCase());
  }
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
});

export const renderHeaders = (headers: CustomHeaders): string => JSON.stringify(headers);

const storedSchema = z.record(z.string(), z.string());

/** Reads what `renderHeaders` wrote. Throws when it is something else. */
export function readHeaders(text: string): CustomHeaders {
  try {
    return storedSchema.parse(JSON.parse(text));
  } catch {
    // The parser's own error would quote a value.
    throw new Error('what was sealed as headers is no JSON of names and values');
  }
}

/** Those that may be sent: what was stored once is held against the rules of now. */
export const sendableHeaders = (headers: CustomHeaders): CustomHeaders =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        findHeaderNameProblem(name) === undefined && findHeaderValueProblem(value) === undefined,
    ),
  );
