import { type RouteModel } from '../template/read-http-api.ts';

export interface RouteMatch {
  readonly route: RouteModel;
  readonly pathParameters: Readonly<Record<string, string>>;
}

export type MatchRoute = (method: string, path: string) => RouteMatch | undefined;

type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'rest'; readonly name: string };

interface CompiledRoute {
  readonly route: RouteModel;
  readonly method: string;
  readonly segments: readonly Segment[];
  /** Smaller is more specific: one digit a segment, then the method. */
  readonly rank: string;
}

const ranks = { text: '0', parameter: '1', rest: '2' } as const;

function parseSegment(text: string): Segment {
  const name = /^\{(.+?)(\+?)\}$/.exec(text);
  if (name === null) return { kind: 'text', text };
  return { kind: name[2] === '+' ? 'rest' : 'parameter', name: name[1] ?? '' };
}

function compileRoute(route: RouteModel): CompiledRoute {
  if (route.routeKey === '$default') {
    return { route, method: 'ANY', segments: [{ kind: 'rest', name: '' }], rank: '3' };
  }
  const [method = '', path = ''] = route.routeKey.split(' ');
  const segments = path.split('/').slice(1).map(parseSegment);
  const rank = segments.map(({ kind }) => ranks[kind]).join('') + (method === 'ANY' ? '1' : '0');
  return { route, method, segments, rank };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readParameters(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const part = parts[at];
    if (segment.kind === 'rest') {
      if (segment.name === '') return parameters;
      if (part === undefined || part === '') return undefined;
      return { ...parameters, [segment.name]: decode(parts.slice(at).join('/')) };
    }
    if (part === undefined) return undefined;
    if (segment.kind === 'text' ? segment.text !== decode(part) : part === '') return undefined;
    if (segment.kind === 'parameter') parameters[segment.name] = decode(part);
  }
  return parts.length === segments.length ? parameters : undefined;
}

/**
 * Finds the route of a request as an HTTP API does: texts before `{id}` before `{proxy+}` before `$default`, a
 * named method before ANY. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function createMatchRoute(routes: readonly RouteModel[]): MatchRoute {
  const compiled = routes.map(compileRoute).sort((one, other) => (one.rank < other.rank ? -1 : 1));
  return (method, path) => {
    const parts = path.split('/').slice(1);
    for (const candidate of compiled) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const pathParameters = readParameters(candidate.segments, parts);
      if (pathParameters !== undefined) return { route: candidate.route, pathParameters };
    }
    return undefined;
  };
}
