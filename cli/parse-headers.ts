import * as z from 'zod';
import { UsageError } from './exit-codes.ts';

const jsonHeadersSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

function parseJsonHeaders(text: string): Readonly<Record<string, string | readonly string[]>> {
  try {
    return jsonHeadersSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError('--headers is neither lines "Name: value" nor a JSON object of texts.', { cause });
  }
}

/** Headers by name: of lines `Name: value`, as curl and proxies show them, or of a JSON object. Throws `UsageError`. */
export function parseHeaders(text: string): Readonly<Record<string, string | readonly string[]>> {
  if (text.trimStart().startsWith('{')) return parseJsonHeaders(text);
  const headers: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    // "< " stands before what curl -v received, and the first line is that of the request or the status.
    const [, name, value] = /^(?:[<>] )?([\w!#$%&'*+.^`|~-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers[name.toLowerCase()] = value;
  }
  return headers;
}
