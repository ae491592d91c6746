import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** What a receiver does with a connection that has begun to send. */
export type Mischief = (socket: Socket) => void;

/** A receiver that speaks bytes of its own choice. */
export interface HostileReceiver {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** @param atOnce whether it acts when the connection is made; else when the first bytes of a request have come */
export async function startHostileReceiver(mischief: Mischief, atOnce = false): Promise<HostileReceiver> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    if (atOnce) mischief(socket);
    else socket.once('data', () => mischief(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Writes what `next` makes, as fast as the other side takes it, until `bytesMax` or the end of the connection. */
export function flood(socket: Socket, next: () => Buffer, bytesMax: number): { readonly sent: () => number } {
  let sent = 0;
  const pour = (): void => {
    while (sent < bytesMax && !socket.destroyed) {
      const chunk = next();
      sent += chunk.length;
      if (!socket.write(chunk)) return;
    }
    socket.end();
  };
  socket.on('drain', pour);
  pour();
  return { sent: () => sent };
}

/** Writes a text a byte at a time. */
export function drip(socket: Socket, text: string, everyMs: number): void {
  let place = 0;
  const timer = setInterval(() => {
    if (place < text.length) socket.write(text.slice(place, ++place));
  }, everyMs);
  socket.once('close', () => clearInterval(timer));
}
