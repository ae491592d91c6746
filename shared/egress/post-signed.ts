import { cutText } from '../cut-text.ts';
import { outputBytesMax } from '../limits.ts';
import type { AttemptResult, ErrorClass } from '../retry.ts';
import { signedHeaders } from '../signature.ts';
import type { Signing } from '../signature.ts';
import { BlockedAddressError } from './connect-guarded.ts';
import { type Dispatcher, errors, request } from './http-client.ts';

/** One POST of an event to a receiver. */
export interface SignedPost {
  readonly url: string;
  readonly signing: Signing;
  /** The `webhook-id`: equal on every attempt, the receiver's idempotency key. */
  readonly id: string;
  readonly eventName: string;
  readonly body: string;
  readonly timeoutSeconds: number;
}

/** Posts and says what came of it. Never throws for what a receiver or the network does. */
export type PostSigned = (post: SignedPost) => Promise<AttemptResult>;

/** A response body is read this far, in bytes, to give the connection back; beyond it the connection is closed. */
const drainBytesMax = 64 * 1024;

const classOfCode: Readonly<Record<string, ErrorClass>> = {
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_error',
  ENODATA: 'dns_error',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'connection_reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_ABORTED: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'invalid_response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'invalid_response',
  EPROTO: 'tls_error',
  CERT_HAS_EXPIRED: 'tls_error',
  CERT_NOT_YET_VALID: 'tls_error',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_error',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_error',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_error',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_error',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_error',
  HOSTNAME_MISMATCH: 'tls_error',
};

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Object ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

/** Sorts an error of the HTTP client by its type and code, never by its words. */
export function classifyError(error: unknown): ErrorClass {
  if (error instanceof BlockedAddressError) return 'blocked_address';
  // Its code is often undefined, https://github.com/nodejs/undici (lib/core/errors.js).
  if (error instanceof errors.HTTPParserError) return 'invalid_response';
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  const code = codeOf(error);
  const known = classOfCode[code];
  if (known !== undefined) return known;
  if (code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_') || code.startsWith('CERT_'))
    return 'tls_error';
  if (code.startsWith('HPE_')) return 'invalid_response';
  if (error instanceof Error && error.cause !== undefined) return classifyError(error.cause);
  return 'connection_error';
}

/** The first bytes of a body; a body that fails or drips on is cut, since the status has decided already. */
async function readStart(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let seen = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      seen += chunk.length;
      if (kept <= outputBytesMax) chunks.push(chunk);
      kept += chunk.length;
      if (seen > drainBytesMax) break;
    }
  } catch {
    // What came before the cut is kept.
  }
  body.destroy();
  return cutText(Buffer.concat(chunks)).text;
}

/** The client heeds a signal only once it is connected: a silent name server or receiver would outlast it. */
const failAtTimeout = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('too late', 'TimeoutError')), {
      once: true,
    });
  });

/** Makes a `PostSigned` over a dispatcher; each attempt is signed with its own timestamp. */
export function createPostSigned(dispatcher: Dispatcher, now: () => number): PostSigned {
  return async (post) => {
    const startedAt = now();
    const timeoutMs = post.timeoutSeconds * 1000;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = request(dispatcher, post.url, {
        method: 'POST',
        headers: signedHeaders(post, post.signing, startedAt),
        body: post.body,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal,
      });
      const { statusCode, headers, body } = await Promise.race([answer, failAtTimeout(signal)]);
      return {
        kind: 'answered',
        status: statusCode,
        retryAfter: firstOf(headers['retry-after']),
        instruction: firstOf(headers['webhook-delivery']),
        body: await readStart(body),
        durationMs: now() - startedAt,
      };
    } catch (error) {
      const errorClass = classifyError(error);
      return {
        kind: 'failed',
        errorClass,
        message:
          errorClass === 'timeout' ? `no answer within ${post.timeoutSeconds} s` : describe(error, post.url),
        durationMs: now() - startedAt,
      };
    }
  };
}

const firstOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

const describe = (error: unknown, url: string): string =>
  error instanceof Error && error.message !== ''
    ? error.message
    : `${codeOf(error) || 'no connection'} at ${new URL(url).host}`;
