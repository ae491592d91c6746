import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What viewers get of an event, or of the stream itself. */
export interface LiveFrame {
  readonly event: string;
  readonly id?: string;
  readonly cursor?: string;
  readonly timestamp?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly reference?: string;
  readonly bytes?: number;
}

/** What a viewer asks for in the address. */
export interface LiveQuery {
  readonly events?: string;
  readonly since?: string;
  readonly ticket?: string;
}

/** A live viewer, connected. */
export interface LiveViewer {
  readonly socket: WebSocket;
  /** What came so far, in order. */
  readonly frames: readonly LiveFrame[];
  /** Resolves with the frames that fit once there are `count`. */
  readonly waitFor: (fits: (frame: LiveFrame) => boolean, count: number) => Promise<readonly LiveFrame[]>;
  readonly close: () => Promise<void>;
}

const offer = (key: string): string[] => ['sublarr-events', `key.${key}`];

const address = (liveUrl: string | null, asked: string | LiveQuery | undefined): string => {
  const query = typeof asked === 'string' ? { events: asked } : { ...asked };
  return `${liveUrl ?? ''}?${new URLSearchParams(query).toString()}`;
};

/** Connects as a page in a browser would: the key in a subprotocol, or none where a ticket stands in the address. */
export async function connectViewer(
  liveUrl: string | null,
  key: string | undefined,
  asked?: string | LiveQuery,
): Promise<LiveViewer> {
  const socket = new WebSocket(address(liveUrl, asked), key === undefined ? [] : offer(key));
  const frames: LiveFrame[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(JSON.parse((data as Buffer).toString()) as LiveFrame);
    for (const check of waiting) check();
  });
  await once(socket, 'open');
  return {
    socket,
    frames,
    waitFor: (fits, count) =>
      new Promise((resolve) => {
        const check = () => {
          const found = frames.filter(fits);
          if (found.length < count) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    close: async () => {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** Tries to connect and answers how it was refused. */
export async function refuseViewer(
  liveUrl: string | null,
  protocols: string[],
  asked?: string | LiveQuery,
): Promise<{ readonly status: number; readonly body: string }> {
  const socket = new WebSocket(address(liveUrl, asked), protocols);
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('the viewer was let in')));
    socket.once('error', reject);
    socket.once('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
  });
}
