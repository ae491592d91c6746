import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';

/** Listens on a free port of loopback. */
export async function listen(server: NetServer): Promise<{ port: number; close: () => Promise<void> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      server.close();
      if ('closeAllConnections' in server) (server as Server).closeAllConnections();
      await once(server, 'close');
    },
  };
}

export async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export type Receive = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A receiver on loopback; `close` also cuts the connections that it holds. */
export async function startReceiver(
  receive: Receive,
): Promise<{ readonly url: string; readonly port: number; readonly server: Server; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    Promise.resolve(receive(request, response)).catch((error: unknown) => response.destroy(error as Error));
  });
  const { port, close } = await listen(server);
  return { url: `http://127.0.0.1:${port}/hook`, port, server, close };
}
