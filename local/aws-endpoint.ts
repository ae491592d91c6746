import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AwsRequestHandler, AwsResponse } from './aws/handle-aws-request.ts';
import { listen } from './listen.ts';
import { readBody } from './read-body.ts';

/** The one loopback listener that speaks to AWS clients. */
export interface AwsEndpoint {
  /** Without a slash at the end; queue URLs begin with it. */
  readonly url: string;
  readonly port: number;
  /** Until this is called every request is answered 503. */
  serve(handle: AwsRequestHandler): void;
  close(): Promise<void>;
}

// DynamoDB's BatchWriteItem is the largest request of all emulated services:
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const bodyBytesMax = 16 * 1024 * 1024;

function flattenHeaders(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

function send(response: ServerResponse, answer: AwsResponse): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

function refuse(status: number, code: string, message: string): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** Listens on 127.0.0.1 and nowhere else: the endpoint reads tables and opens secrets. Port 0 takes a free one. */
export async function openAwsEndpoint(options: { readonly port: number }): Promise<AwsEndpoint> {
  let handle: AwsRequestHandler | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, bodyBytesMax);
    if (body === 'aborted') return;
    if (body === 'too large') {
      response.setHeader('connection', 'close');
      send(response, refuse(413, 'RequestEntityTooLarge', `The request body exceeds ${bodyBytesMax} bytes`));
      return;
    }
    if (handle === undefined) {
      send(response, refuse(503, 'ServiceUnavailable', 'The local stack is still starting'));
      return;
    }
    const caller = new AbortController();
    response.once('close', () => {
      caller.abort();
    });
    const { method = 'GET', url = '/' } = request;
    send(
      response,
      await handle({ method, path: url, headers: flattenHeaders(request), body, signal: caller.signal }),
    );
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // A pause between two calls of a busy client must not race with the server closing the connection.
  server.keepAliveTimeout = 60_000;
  const { port, close } = await listen(server, {
    host: '127.0.0.1',
    port: options.port,
    option: 'the AWS endpoint',
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    serve: (handler) => {
      handle = handler;
    },
    close,
  };
}
