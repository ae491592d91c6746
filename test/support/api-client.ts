import { checkAnswer } from './check-answer.ts';

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON body; `{}` when there is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads answers freely and fails where they differ
  readonly body: any;
}

/** The API as a client without any library uses it. */
export interface ApiClient {
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<ApiAnswer>;
  readonly get: (path: string) => Promise<ApiAnswer>;
  readonly post: (path: string, body: unknown) => Promise<ApiAnswer>;
  readonly put: (path: string, body: unknown) => Promise<ApiAnswer>;
  readonly delete: (path: string) => Promise<ApiAnswer>;
}

/** Strings are sent as `text/plain` as they are, everything else as JSON. Throws for an answer that is not documented. */
export function createApiClient(apiUrl: string, apiKey: string): ApiClient {
  const call: ApiClient['call'] = async (method, path, body, headers = {}) => {
    const isText = typeof body === 'string';
    const url = new URL(path, apiUrl);
    const response = await fetch(url, {
      method,
      headers: {
        'x-api-key': apiKey,
        ...(body === undefined ? {} : { 'content-type': isText ? 'text/plain' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    checkAnswer(method, url, response, text);
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  };
  return {
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
  };
}
