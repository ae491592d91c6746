import { describeCause } from '../../client/send-request.ts';

/** What one request came to. */
export type Probed =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly date: string | null;
      readonly body: unknown;
      readonly startedAt: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** Makes a request once, without repetition: who looks for a fault wants to see it. */
export type Probe = (method: 'GET' | 'POST', path: string, json?: unknown) => Promise<Probed>;

const timeoutMs = 15_000;

export function createProbe(
  url: string,
  key: string | undefined,
  {
    fetch,
    now,
    signal,
  }: { readonly fetch: typeof globalThis.fetch; readonly now: () => number; readonly signal: AbortSignal },
): Probe {
  return async (method, path, json) => {
    const startedAt = now();
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
        method,
        headers: {
          ...(key === undefined ? {} : { 'x-api-key': key }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const durationMs = now() - startedAt;
      const { status, headers } = response;
      const body = readJson(await response.text());
      return { kind: 'answered', status, date: headers.get('date'), body, startedAt, durationMs };
    } catch (error) {
      signal.throwIfAborted();
      const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
      const reason = isTimeout ? `no answer within ${timeoutMs / 1000} s` : describeCause(error);
      return { kind: 'failed', reason };
    }
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
