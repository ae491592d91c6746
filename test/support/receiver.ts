import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a webhook's receiver sees it. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request; `count` is its number on its path, from 1. */
export type Answer = (request: ReceivedRequest, response: ServerResponse, count: number) => void;

/** A receiver of webhooks on loopback. Tests wait for what arrives. */
export interface Receiver {
  readonly url: (path: string) => string;
  readonly answer: (path: string, answer: Answer) => void;
  /** The requests that came on a path so far. */
  readonly received: (path: string) => readonly ReceivedRequest[];
  /** Resolves once `count` requests have come on a path. */
  readonly waitFor: (path: string, count: number) => Promise<readonly ReceivedRequest[]>;
  readonly close: () => Promise<void>;
}

export const answerStatus =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end(`status ${status}`);
  };

export async function startReceiver(): Promise<Receiver> {
  const requests = new Map<string, ReceivedRequest[]>();
  const answers = new Map<string, Answer>();
  const waiting = new Set<() => void>();
  const received = (path: string) => requests.get(path) ?? [];

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      const seen = { path, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.set(path, [...received(path), seen]);
      (answers.get(path) ?? answerStatus(200))(seen, response, received(path).length);
      for (const check of waiting) check();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    answer: (path, answer) => answers.set(path, answer),
    received,
    waitFor: (path, count) =>
      new Promise((resolve) => {
        const check = () => {
          if (received(path).length < count) return;
          waiting.delete(check);
          resolve(received(path));
        };
        waiting.add(check);
        check();
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
