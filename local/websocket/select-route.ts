function readText(value: unknown, path: readonly string[]): string | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === 'string' ? value : undefined;
  return value instanceof Object && Object.hasOwn(value, name)
    ? readText(Reflect.get(value, name), rest)
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The key of a message's route: the text at `path` in its JSON where that is a route, else `$default`; undefined when
 * the API has neither. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 */
export function selectRoute(
  message: string,
  path: readonly string[],
  routes: { has(routeKey: string): boolean },
): string | undefined {
  const key = readText(parse(message), path);
  // What begins so is no client's to call.
  if (key !== undefined && !key.startsWith('$') && routes.has(key)) return key;
  return routes.has('$default') ? '$default' : undefined;
}
