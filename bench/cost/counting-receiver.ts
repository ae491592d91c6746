import { once } from 'node:events';
import { createServer } from 'node:http';
import * as z from 'zod';

/** Takes webhooks at once, and counts them and their bytes. */
export interface CountingReceiver {
  readonly url: string;
  /** Requests so far. */
  readonly count: () => number;
  /** Bytes that came over all connections so far, headers too. */
  readonly bytes: () => number;
  /** Called after each request. */
  onRequest: () => void;
  close(): Promise<void>;
}

export async function startCountingReceiver(): Promise<CountingReceiver> {
  let count = 0;
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('end', () => {
      count += 1;
      response.writeHead(200, { 'content-length': '0' }).end();
      receiver.onRequest();
    });
    request.resume();
  });
  server.on('connection', (socket) => {
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const receiver: CountingReceiver = {
    url: `http://127.0.0.1:${port}/`,
    count: () => count,
    bytes: () => bytes,
    onRequest: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
