import type { IncomingMessage } from 'node:http';
import type { RouteMatch } from './match-route.ts';

/** A request's facts, common to the integration's and the authorizer's payload. */
export interface HttpRequestFacts {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly query: Readonly<Record<string, string>>;
  readonly sourceIp: string;
  readonly body: Buffer;
  readonly requestId: string;
  readonly time: Date;
}

/** Repeated headers are joined by commas; cookies are told apart, as payload format 2.0 has it. */
function readHeaders(request: IncomingMessage): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const [name, values = []] of Object.entries(request.headersDistinct)) {
    if (name === 'cookie') cookies.push(...values.flatMap((value) => value.split('; ')));
    else headers[name] = values.join(',');
  }
  return { headers, cookies };
}

function readQuery(rawQueryString: string): Record<string, string> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')]));
}

/** Reads what both payloads need. The path stays as it was sent; path parameters are decoded. */
export function readRequestFacts(
  request: IncomingMessage,
  known: { readonly body: Buffer; readonly requestId: string; readonly time: Date },
): HttpRequestFacts {
  const [rawPath = '/', ...query] = (request.url ?? '/').split('?');
  const rawQueryString = query.join('?');
  return {
    method: request.method ?? 'GET',
    rawPath,
    rawQueryString,
    ...readHeaders(request),
    query: readQuery(rawQueryString),
    sourceIp: request.socket.remoteAddress ?? '',
    ...known,
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Such as `22/Nov/2026:16:04:05 +0000`. */
export function formatRequestTime(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${months[Number(month) - 1] ?? ''}/${year}:${clock.slice(0, 8)} +0000`;
}

function requestContext(facts: HttpRequestFacts, match: RouteMatch, apiId: string): Record<string, unknown> {
  const { method, rawPath, headers, sourceIp, requestId, time } = facts;
  return {
    accountId: '000000000000',
    apiId,
    domainName: headers['host'] ?? '',
    domainPrefix: (headers['host'] ?? '').split(/[.:]/)[0] ?? '',
    http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp, userAgent: headers['user-agent'] ?? '' },
    requestId,
    routeKey: match.route.routeKey,
    stage: '$default',
    time: formatRequestTime(time),
    timeEpoch: time.getTime(),
  };
}

function common(facts: HttpRequestFacts, match: RouteMatch): Record<string, unknown> {
  const { rawPath, rawQueryString, headers, cookies, query } = facts;
  const { pathParameters, route } = match;
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
  };
}

const textTypes = /^(?:text\/|application\/(?:json|javascript|xml)\b|[^;]*\+(?:json|xml)\b)/i;

/** Text comes as text, all else as base64; bytes that are no UTF-8 are never text. */
function encodeBody(facts: HttpRequestFacts): { body?: string; isBase64Encoded: boolean } {
  const { body, headers } = facts;
  if (body.length === 0) return { isBase64Encoded: false };
  const text = body.toString('utf8');
  const isText = textTypes.test(headers['content-type'] ?? 'text/plain') && Buffer.from(text).equals(body);
  return isText
    ? { body: text, isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

/**
 * The event of a Lambda proxy integration, payload format 2.0. `authorizer` is the authorizer's context.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function buildProxyEvent(
  facts: HttpRequestFacts,
  match: RouteMatch,
  apiId: string,
  authorizer: unknown,
): Record<string, unknown> {
  const context = requestContext(facts, match, apiId);
  return {
    ...common(facts, match),
    requestContext: authorizer === undefined ? context : { ...context, authorizer: { lambda: authorizer } },
    ...encodeBody(facts),
  };
}

/** The event of a Lambda authorizer, payload format 2.0: no body. */
export function buildAuthorizerEvent(
  facts: HttpRequestFacts,
  match: RouteMatch,
  apiId: string,
  identitySource: readonly string[],
): Record<string, unknown> {
  return {
    ...common(facts, match),
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/$default/${facts.method}${facts.rawPath}`,
    identitySource,
    requestContext: requestContext(facts, match, apiId),
  };
}
