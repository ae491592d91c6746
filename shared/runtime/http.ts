import middyfy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { ApiError, renderError } from '../api-error.ts';
import { scopes as allScopes } from '../api-key.ts';
import type { Scope } from '../api-key.ts';
import { requestBodyBytesMax } from '../limits.ts';
import type { Log } from './log.ts';

/** What every request tells. */
interface AnyRequest {
  readonly requestId: string;
  /** Scheme and host under which the client reached the API, such as `https://events.example`. */
  readonly origin: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** By their names in lower case; one that came more than once is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds left until the answer must be out. */
  readonly remainingMs: () => number;
}

/** A request whose key was checked. */
export interface HttpRequest extends AnyRequest {
  readonly tenant: string;
  /** The body as text, undefined when there is none. */
  readonly body: string | undefined;
}

/** A request that nobody checked. */
export interface OpenRequest extends AnyRequest {
  /** The body as it came, so that a signature can be verified; empty when there is none. */
  readonly bytes: Uint8Array;
}

/** `body` is answered as JSON, `text` as it is. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route and the scope that a key needs for it. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Such as `/api/v1/webhooks/{id}`. */
  readonly path: string;
  readonly scope: Scope;
  readonly handle: (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;
}

/** One route without an authorizer: whoever sends, `handle` must find out. */
export interface OpenRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly scope: 'open';
  readonly handle: (request: OpenRequest) => Promise<HttpAnswer> | HttpAnswer;
}

/** What the authorizer tells of the caller; both are empty for a key that is not known. */
interface Caller {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}

type HttpEvent = APIGatewayProxyEventV2;
type HttpResult = APIGatewayProxyStructuredResultV2;

function readCaller(event: HttpEvent): Caller {
  // The payload's type has no authorizer: its context is ours, and only strings survive the gateway.
  const authorizer: unknown = Reflect.get(event.requestContext, 'authorizer');
  const context: unknown = authorizer instanceof Object ? Reflect.get(authorizer, 'lambda') : undefined;
  if (!(context instanceof Object)) return { tenant: '', scopes: [] };
  const granted = String(Reflect.get(context, 'scopes') ?? '').split(' ');
  return {
    tenant: String(Reflect.get(context, 'tenant') ?? ''),
    scopes: allScopes.filter((scope) => granted.includes(scope)),
  };
}

function requireScope(caller: Caller, scope: Scope): void {
  if (caller.tenant === '') {
    throw new ApiError('unauthorized', 'The key in X-Api-Key is not known. Check it, or make a new one.');
  }
  if (!caller.scopes.includes(scope)) {
    const held = caller.scopes.length > 0 ? caller.scopes.join(', ') : 'none';
    throw new ApiError('forbidden', `This needs a key with the scope "${scope}"; this key has: ${held}.`);
  }
}

/** Throws `ApiError` 413. */
function readBody(event: HttpEvent): Buffer | undefined {
  if (event.body === undefined) return undefined;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > requestBodyBytesMax) {
    throw new ApiError(
      'too_large',
      `The body has ${bytes.length} bytes; at most ${requestBodyBytesMax} are taken.`,
    );
  }
  return bytes;
}

/** API Gateway speaks https alone and says so, as does a proxy before the box; the box itself speaks http. */
function readOrigin({ headers, requestContext: { domainName, stage } }: HttpEvent): string {
  const [proto] = (headers['x-forwarded-proto'] ?? '').split(',');
  const scheme = proto?.trim().toLowerCase() === 'https' ? 'https' : 'http';
  return `${scheme}://${domainName}${stage === '$default' ? '' : `/${stage}`}`;
}

const definedOnly = (
  record: Readonly<Record<string, string | undefined>> | undefined,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

function render(answer: HttpAnswer): HttpResult {
  const body = answer.text ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body));
  const contentType = answer.text === undefined ? 'application/json' : 'text/plain; charset=utf-8';
  return {
    statusCode: answer.status,
    headers: { ...(body === undefined ? {} : { 'content-type': contentType }), ...answer.headers },
    ...(body === undefined ? {} : { body }),
  };
}

/** What middy's error handler shows: a status and a message, here the JSON of the error. */
interface ExposedError {
  readonly statusCode: number;
  readonly message: string;
  readonly expose: true;
}

const expose = (error: ApiError): ExposedError => ({
  statusCode: error.status,
  message: JSON.stringify(renderError(error)),
  expose: true,
});

/**
 * The Lambda handler of an HTTP function: routes, checks the key's scope, and answers every error in one JSON shape.
 * A bug or an outage is logged whole and answered as a 500 that tells nothing of it.
 */
export function createHttpHandler(routes: readonly (HttpRoute | OpenRoute)[], log: Log) {
  const handle = async (
    route: HttpRoute | OpenRoute,
    event: HttpEvent,
    context: Context,
  ): Promise<HttpAnswer> => {
    const request: AnyRequest = {
      requestId: event.requestContext.requestId,
      origin: readOrigin(event),
      params: definedOnly(event.pathParameters),
      query: definedOnly(event.queryStringParameters),
      headers: definedOnly(event.headers),
      remainingMs: () => context.getRemainingTimeInMillis(),
    };
    if (route.scope === 'open') {
      return route.handle({ ...request, bytes: readBody(event) ?? new Uint8Array() });
    }
    const caller = readCaller(event);
    requireScope(caller, route.scope);
    return route.handle({ ...request, tenant: caller.tenant, body: readBody(event)?.toString('utf8') });
  };
  const serve =
    (route: HttpRoute | OpenRoute) =>
    async (event: HttpEvent, context: Context): Promise<HttpResult> =>
      render(await handle(route, event, context));
  return middyfy<HttpEvent, HttpResult>()
    .use(httpErrorHandler({ logger: false }))
    .use({
      onError: (request) => {
        const { error } = request;
        if (error instanceof ApiError) {
          request.error = Object.assign(new Error(), expose(error));
          return;
        }
        log.error('request failed', { request_id: request.event.requestContext.requestId, error });
        const internal = new ApiError('internal', 'Something went wrong here; the log tells what.');
        request.error = Object.assign(new Error(), expose(internal));
      },
    })
    .handler(
      httpRouter<HttpEvent, HttpResult>({
        routes: routes.map((route) => ({ method: route.method, path: route.path, handler: serve(route) })),
        notFoundResponse: ({ method, path }) => {
          throw new ApiError('not_found', `There is no route ${method} ${path}.`);
        },
      }),
    );
}
