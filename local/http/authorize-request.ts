import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { LocalFunction } from '../lambda/local-function.ts';
import { StartError } from '../start-error.ts';
import type { AuthorizerModel } from '../template/read-http-api.ts';
import { buildAuthorizerEvent, type HttpRequestFacts } from './build-event.ts';
import type { RouteMatch } from './match-route.ts';

export type Authorization =
  | { readonly kind: 'allowed'; readonly context: unknown }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'failed' };

export type AuthorizeRequest = (facts: HttpRequestFacts, match: RouteMatch) => Promise<Authorization>;

const answer = z.object({ isAuthorized: z.boolean(), context: z.record(z.string(), z.unknown()).nullish() });

// A stranger who sends a new key with each request must not fill the memory.
const cachedMax = 10_000;

type ReadIdentity = (facts: HttpRequestFacts) => string | undefined;

function compileIdentitySource(source: string): ReadIdentity {
  const [, kind, name = ''] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === 'header') return (facts) => facts.headers[name.toLowerCase()];
  if (kind === 'querystring') return (facts) => facts.query[name];
  throw new StartError(`The identity source ${source} is not emulated by the local stack`);
}

/**
 * A Lambda authorizer with simple responses. A missing identity source is refused without a call; answers are kept
 * per identity for the authorizer's TTL, in no more than a bounded memory. Throws StartError for an identity source
 * that is not emulated.
 */
export function createAuthorizeRequest(options: {
  readonly model: AuthorizerModel;
  readonly target: LocalFunction;
  readonly apiId: string;
  readonly now: () => Date;
}): AuthorizeRequest {
  const { model, target } = options;
  const readers = model.identitySources.map(compileIdentitySource);
  const cache = new Map<string, { readonly authorization: Authorization; readonly endsAt: number }>();

  const remember = (key: string, authorization: Authorization): void => {
    if (model.resultTtlSeconds === 0 || readers.length === 0) return;
    const [oldest] = cache.keys();
    if (cache.size >= cachedMax && oldest !== undefined) cache.delete(oldest);
    cache.delete(key);
    cache.set(key, { authorization, endsAt: options.now().getTime() + model.resultTtlSeconds * 1000 });
  };

  const ask = async (
    facts: HttpRequestFacts,
    match: RouteMatch,
    identity: string[],
  ): Promise<Authorization> => {
    const result = await target.invoke(buildAuthorizerEvent(facts, match, options.apiId, identity));
    const parsed = answer.safeParse(result.ok ? result.payload : undefined);
    if (!parsed.success) return { kind: 'failed' };
    return parsed.data.isAuthorized
      ? { kind: 'allowed', context: parsed.data.context ?? {} }
      : { kind: 'forbidden' };
  };

  return async (facts, match) => {
    const identity = readers.map((read) => read(facts));
    const given = identity.filter((value) => value !== undefined && value !== '');
    if (given.length < readers.length) return { kind: 'unauthorized' };
    const complete = given.map(String);
    // Keys are kept as hashes, as everywhere.
    const key = createHash('sha256').update(JSON.stringify(complete)).digest('base64');
    const cached = cache.get(key);
    if (cached !== undefined && cached.endsAt > options.now().getTime()) return cached.authorization;
    const authorization = await ask(facts, match, complete);
    if (authorization.kind !== 'failed') remember(key, authorization);
    return authorization;
  };
}
