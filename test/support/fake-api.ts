import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the API was asked; an empty body is undefined. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** An API that answers what a test wants, for commands that are run against it. */
export interface FakeApi {
  /** The oldest first. */
  readonly asked: readonly Asked[];
  /** Where commands find it, and a key. */
  readonly environment: NodeJS.ProcessEnv;
  close(): void;
}

/** Starts an API on a free port. @param answer 200 unless told */
export async function startFakeApi(
  answer: (asked: Asked) => { readonly status?: number; readonly body: unknown },
): Promise<FakeApi> {
  const asked: Asked[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = await text(request);
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: sent === '' ? undefined : (JSON.parse(sent) as unknown),
    };
    asked.push(one);
    const { status = 200, body } = answer(one);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    asked,
    environment: { SUBLARR_EVENTS_URL: `http://127.0.0.1:${address.port}`, SUBLARR_EVENTS_KEY: 'sk_1' },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
