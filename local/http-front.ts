import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readRequestFacts } from './http/build-event.ts';
import { gatewayAnswer, type HttpResponse, internalServerError } from './http/render-response.ts';
import type { ServeRequest } from './http/serve-api.ts';
import { listen } from './listen.ts';
import { type Log } from './log.ts';
import { readBody } from './read-body.ts';
import { describeError } from './start-error.ts';
import type { ServeUpgrade } from './websocket/serve-web-socket.ts';

/** The listener of the HTTP API, and of the WebSocket API beside it. */
export interface HttpFront {
  readonly port: number;
  readonly url: string;
  /** Until this is called every request is answered 503. */
  serve(handle: ServeRequest): void;
  /** Hands over requests that ask for a WebSocket; until then they are requests like any other. */
  serveUpgrades(handle: ServeUpgrade): void;
  /** Takes no more connections and resolves when the requests in flight are answered. */
  close(): Promise<void>;
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (payload size)
const bodyBytesMax = 10 * 1024 * 1024;

// https://www.rfc-editor.org/rfc/rfc9110#section-8.6: a length would be that of a content which does not follow.
const hasNoContent: ReadonlySet<number> = new Set([204, 304]);

function send(response: ServerResponse, requestId: string, answer: HttpResponse): void {
  if (response.destroyed) return;
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = answer.headers;
  response.writeHead(answer.status, {
    'apigw-requestid': requestId,
    ...headers,
    ...(answer.cookies.length === 0 ? {} : { 'set-cookie': [...answer.cookies] }),
    ...(hasNoContent.has(answer.status) ? {} : { 'content-length': answer.body.length }),
  });
  response.end(answer.body);
}

/** Where a client on this machine reaches a listener: a wildcard address is no destination. */
function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Listens for API clients. Throws StartError when the port cannot be had. */
export async function openHttpFront(options: {
  readonly host: string;
  readonly port: number;
  readonly now: () => Date;
  readonly log: Log;
}): Promise<HttpFront> {
  let handle: ServeRequest | undefined;
  let handleUpgrade: ServeUpgrade | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const time = options.now();
    const body = await readBody(request, bodyBytesMax);
    if (body === 'aborted') return;
    if (body === 'too large') {
      response.setHeader('connection', 'close');
      send(response, requestId, gatewayAnswer(413, 'Request Entity Too Large'));
      return;
    }
    if (handle === undefined) {
      send(response, requestId, gatewayAnswer(503, 'Service Unavailable'));
      return;
    }
    send(response, requestId, await handle(readRequestFacts(request, { body, requestId, time })));
  };

  // Other protocols, such as the h2c that curl offers, are not for us: the request is answered in HTTP/1.1.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    handleUpgrade !== undefined && headers.upgrade?.toLowerCase() === 'websocket';
  const server = createServer({ shouldUpgradeCallback }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.log({
        level: 'error',
        source: 'http',
        message: `${request.method ?? ''} ${request.url ?? ''}: ${describeError(error)}`,
      });
      if (response.headersSent) response.destroy();
      else send(response, randomUUID(), internalServerError);
    });
  });
  server.on('upgrade', (request, socket, head) => handleUpgrade?.(request, socket, head));
  const { port, close } = await listen(server, {
    host: options.host,
    port: options.port,
    option: '--port or --host',
  });
  return {
    port,
    url: urlOf(options.host, port),
    serve: (handler) => {
      handle = handler;
    },
    serveUpgrades: (handler) => {
      handleUpgrade = handler;
    },
    close,
  };
}
