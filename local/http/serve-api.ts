import { assertNever } from '../../shared/assert-never.ts';
import type { LocalFunction } from '../lambda/local-function.ts';
import { StartError } from '../start-error.ts';
import type { HttpApiModel } from '../template/read-http-api.ts';
import { type AuthorizeRequest, createAuthorizeRequest } from './authorize-request.ts';
import { buildProxyEvent, type HttpRequestFacts } from './build-event.ts';
import { createMatchRoute } from './match-route.ts';
import { gatewayAnswer, type HttpResponse, internalServerError, renderResponse } from './render-response.ts';

export type ServeRequest = (facts: HttpRequestFacts) => Promise<HttpResponse>;

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (integration timeout)
const integrationMsMax = 30_000;
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (invocation payload)
const invocationBytesMax = 6 * 1024 * 1024;

const notFound = gatewayAnswer(404, 'Not Found');
const unauthorized = gatewayAnswer(401, 'Unauthorized');
const forbidden = gatewayAnswer(403, 'Forbidden');
const tooLarge = gatewayAnswer(413, 'Request Entity Too Large');
const unavailable = gatewayAnswer(503, 'Service Unavailable');

async function invokeWithin(target: LocalFunction, event: unknown, msMax: number): Promise<HttpResponse> {
  const expiry = Promise.withResolvers<HttpResponse>();
  const timer = setTimeout(() => {
    expiry.resolve(unavailable);
  }, msMax);
  const work = target
    .invoke(event)
    .then((result) => (result.ok ? renderResponse(result.payload) : internalServerError));
  const response = await Promise.race([work, expiry.promise]);
  clearTimeout(timer);
  return response;
}

/** Serves the routes of one HTTP API. Throws StartError when a route or authorizer names an unknown function. */
export function createServeApi(options: {
  readonly api: HttpApiModel;
  readonly functions: readonly LocalFunction[];
  readonly now: () => Date;
  readonly integrationMsMax?: number;
}): ServeRequest {
  const { api, now } = options;
  const match = createMatchRoute(api.routes);

  const findFunction = (arn: string, logicalId: string): LocalFunction => {
    const found = options.functions.find((each) => each.arn === arn);
    if (found === undefined)
      throw new StartError(`The template's ${logicalId} names no function of the template: ${arn}`);
    return found;
  };
  const targets = new Map(
    api.routes.map((route) => [route, findFunction(route.functionArn, route.logicalId)]),
  );
  const authorizers = new Map<string, AuthorizeRequest>();
  for (const { authorizer } of api.routes) {
    if (authorizer === undefined || authorizers.has(authorizer.logicalId)) continue;
    const target = findFunction(authorizer.functionArn, authorizer.logicalId);
    authorizers.set(
      authorizer.logicalId,
      createAuthorizeRequest({ model: authorizer, target, apiId: api.apiId, now }),
    );
  }

  return async (facts) => {
    const found = match(facts.method, facts.rawPath);
    const target = found === undefined ? undefined : targets.get(found.route);
    if (found === undefined || target === undefined) return notFound;
    const authorize = authorizers.get(found.route.authorizer?.logicalId ?? '');
    const authorization = (await authorize?.(facts, found)) ?? { kind: 'allowed', context: undefined };
    switch (authorization.kind) {
      case 'unauthorized':
        return unauthorized;
      case 'forbidden':
        return forbidden;
      case 'failed':
        return internalServerError;
      case 'allowed':
        break;
      default:
        return assertNever(authorization);
    }
    const event = buildProxyEvent(facts, found, api.apiId, authorization.context);
    // Base64 and JSON make a body grow; only the largest need the exact count.
    const isTooLarge =
      facts.body.length > invocationBytesMax / 6 &&
      Buffer.byteLength(JSON.stringify(event)) > invocationBytesMax;
    if (isTooLarge) return tooLarge;
    return invokeWithin(target, event, options.integrationMsMax ?? integrationMsMax);
  };
}
