import { ApiError } from './api-error.ts';

const charsetOf = (contentType: string | undefined): string =>
  /;\s*charset="?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';

/**
 * A body as text, in the charset that its `Content-Type` names, UTF-8 unless told; a byte order mark is left out.
 * Throws `ApiError` 400 for a charset that nobody knows.
 */
export function decodeBody(bytes: Uint8Array, contentType: string | undefined): string {
  const charset = charsetOf(contentType);
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (cause) {
    const message = `The Content-Type names the charset "${charset}", which is not known: send UTF-8.`;
    throw new ApiError('bad_request', message, [], { cause });
  }
}
