import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { HttpRequest, OpenRequest } from '../../shared/runtime/http.ts';

/** What a route's handler gets. */
export const anHttpRequest = (overrides: Partial<HttpRequest> = {}): HttpRequest => ({
  tenant: 'default',
  requestId: 'req-1',
  origin: 'https://events.example',
  params: {},
  query: {},
  headers: {},
  body: undefined,
  remainingMs: () => 30_000,
  ...overrides,
});

/** What the handler of a route without an authorizer gets. */
export const anOpenRequest = (overrides: Partial<OpenRequest> = {}): OpenRequest => ({
  requestId: 'req-1',
  origin: 'https://events.example',
  params: {},
  query: {},
  headers: {},
  bytes: new Uint8Array(),
  remainingMs: () => 30_000,
  ...overrides,
});

/** The part of a Lambda context that handlers read. */
export const aContext = (remainingMs = 30_000): Context =>
  ({ awsRequestId: 'req-1', getRemainingTimeInMillis: () => remainingMs }) as Context;

interface GatewayCall {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly base64?: boolean;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** What the authorizer told; null for a request without one. */
  readonly caller?: { readonly tenant: string; readonly scopes: string } | null;
}

/** An HTTP API event, payload 2.0, of a caller who may do everything. */
export function aGatewayEvent(call: GatewayCall = {}): APIGatewayProxyEventV2 {
  const { method = 'GET', path = '/api/v1/things', body, query } = call;
  const caller =
    call.caller === undefined ? { tenant: 'default', scopes: 'publish manage read live' } : call.caller;
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: call.headers ?? {},
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'req-1',
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: '22/Nov/2026:12:00:00 +0000',
      timeEpoch: 0,
      ...(caller === null ? {} : { authorizer: { lambda: caller } }),
    },
    isBase64Encoded: call.base64 ?? false,
    ...(body === undefined ? {} : { body }),
    ...(query === undefined ? {} : { queryStringParameters: query }),
  };
}
