import type { Dispatcher } from 'undici';
import requestOf from 'undici/lib/api/api-request.js';
import buildConnector from 'undici/lib/core/connect.js';
import errors from 'undici/lib/core/errors.js';
import Agent from 'undici/lib/dispatcher/agent.js';

// By file, since undici's index loads all of it at once (fetch, caches, mocks): 250 KB more.
export { Agent, buildConnector, errors };
export type { Dispatcher };

/** undici's `request(url, { dispatcher, ... })`, whose index alone offers it. Throws TypeError for no URL. */
export function request(
  dispatcher: Dispatcher,
  url: string,
  options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  return requestOf.call(dispatcher, { ...options, origin, path: pathname + search });
}
