import { readErrorAnswer, SublarrEventsError } from './client-error.ts';
import { findRetryWait, readRetryAfter } from './retry-wait.ts';
import type { Failure } from './retry-wait.ts';

type QueryValue = string | number | boolean | null | undefined;

/** What a request is made of. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Such as `/api/v1/webhooks`. */
  readonly path: string;
  /** Undefined and null are left out. */
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether doing it twice is as good as once; so by itself for everything but POST. */
  readonly isRepeatable?: boolean;
}

/** What every call takes beside what it asks for. */
export interface CallOptions {
  /** Ends the call, its retries and its waits; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A successful answer. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request, again where that helps. Throws `SublarrEventsError`, or the reason of the signal. */
export type SendRequest = (request: ApiRequest, options?: CallOptions) => Promise<RawAnswer>;

/** Told before each wait. */
export interface Retry {
  readonly method: string;
  readonly path: string;
  readonly tries: number;
  readonly waitMs: number;
  readonly error: SublarrEventsError;
}

/** What sends a request: `fetch`, or what stands in for it. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

interface Dependencies {
  readonly url: URL;
  readonly key: string;
  readonly fetch: Fetch;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
  readonly now: () => number;
  readonly random: () => number;
  readonly onRetry: ((retry: Retry) => void) | undefined;
}

/** Codes with which no byte of the request can have reached the server. */
const unreachedCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes with which a connection was there: the server may have done what was asked. */
const brokenOffCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether a failed try may have done what was asked all the same; a throttled request was not looked at. */
const mayBeDone = (failure: Failure): boolean =>
  failure.kind === 'answered' ? failure.status !== 429 : failure.reached;

/** What a deletion that is not the first to be sent comes to: whoever did it, it is gone. */
const gone: RawAnswer = { status: 204, headers: new Headers(), text: '' };

const isGone = ({ method }: ApiRequest, failure: Failure): boolean =>
  method === 'DELETE' && failure.kind === 'answered' && failure.status === 404;

/** The code of what is at the bottom of a failed fetch. */
export function codeOfCause(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOfCause(error.errors[0]);
  return codeOfCause(error.cause);
}

/** What is at the bottom of a failed fetch, in a few words. */
export function describeCause(error: unknown): string {
  const code = codeOfCause(error);
  if (code !== undefined) return code;
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : describeCause(error.cause);
}

type Outcome =
  | { readonly kind: 'done'; readonly answer: RawAnswer }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly error: SublarrEventsError };

/** Makes a `SendRequest`. */
export function createSendRequest(dependencies: Dependencies): SendRequest {
  const { url, key, retries, timeoutMs, pause, now, random, onRetry } = dependencies;

  const addressOf = ({ path, query = {} }: ApiRequest): URL => {
    const address = new URL(`${url.href.replace(/\/+$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) address.searchParams.set(name, String(value));
    }
    return address;
  };

  const describeBroken = (cause: unknown): Outcome => {
    if (cause instanceof DOMException && cause.name === 'TimeoutError') {
      const error = new SublarrEventsError(
        { code: 'timed_out', message: `${url.origin} did not answer within ${timeoutMs / 1000} s.` },
        { cause },
      );
      return { kind: 'failed', failure: { kind: 'broken', reached: true }, error };
    }
    const code = codeOfCause(cause);
    const reached = code === undefined || !unreachedCodes.has(code);
    const message =
      code !== undefined && brokenOffCodes.has(code)
        ? `The connection to ${url.origin} broke off before its answer came (${code}): whether it was done is not known.`
        : `${url.origin} cannot be reached (${describeCause(cause)}). Check the URL, and that it runs.`;
    const error = new SublarrEventsError({ code: 'unreachable', message }, { cause });
    return { kind: 'failed', failure: { kind: 'broken', reached }, error };
  };

  const tryOnce = async (request: ApiRequest, signal: AbortSignal | undefined): Promise<Outcome> => {
    const { method, json, text, headers } = request;
    const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await dependencies.fetch(addressOf(request), {
        method,
        headers: {
          'x-api-key': key,
          ...(body === undefined
            ? {}
            : { 'content-type': text === undefined ? 'application/json' : 'text/plain' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        // Followed, it would carry the key to whatever host it names.
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      if (response.ok || response.status === 304) return { kind: 'done', answer };
      const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), now());
      const failure: Failure = { kind: 'answered', status: response.status, retryAfterMs };
      return { kind: 'failed', failure, error: readErrorAnswer(answer, retryAfterMs) };
    } catch (cause) {
      signal?.throwIfAborted();
      return describeBroken(cause);
    }
  };

  return async (request, { signal } = {}) => {
    const isRepeatable = request.isRepeatable ?? request.method !== 'POST';
    let isDonePerhaps = false;
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const outcome = await tryOnce(request, signal);
      if (outcome.kind === 'done') return outcome.answer;
      const { failure, error } = outcome;
      if (isDonePerhaps && isGone(request, failure)) return gone;
      isDonePerhaps ||= mayBeDone(failure);
      const waitMs = findRetryWait(failure, tries, { retries, isRepeatable, random });
      if (waitMs === undefined) throw error;
      onRetry?.({ method: request.method, path: request.path, tries, waitMs, error });
      await pause(waitMs, signal);
    }
  };
}
