import { WebSocket } from 'ws';
import type { StartTimer } from '../sqs/open-queues.ts';
import type { ConnectionFacts } from './build-socket-event.ts';

/** An open connection as the management API sees it. */
export interface Connection {
  readonly facts: ConnectionFacts;
  /** Epoch milliseconds of the last message in either direction. */
  lastActiveAt(): number;
  /** `congested`: the client reads slower than it is written to. */
  post(text: string): 'sent' | 'gone' | 'congested';
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** Ends it without one. */
  terminate(): void;
  /** Resolves when it is closed. */
  readonly closed: Promise<void>;
}

/** By connection id. */
export type OpenConnections = ReadonlyMap<string, Connection>;

// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const idleMs = 10 * 60 * 1000;
const durationMs = 2 * 60 * 60 * 1000;
const frameBytesMax = 32 * 1024;
// What one client may leave unread, in bytes: it is held in this process.
const unreadBytesMax = 4 * 1024 * 1024;

export const goingAway = 1001;

/** Sends a message in as many frames as it takes: no frame is larger than API Gateway's are. */
function sendInFrames(socket: WebSocket, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let start = 0; start === 0 || start < bytes.length; start += frameBytesMax) {
    const end = start + frameBytesMax;
    // An error of the write closes the socket, which is told by its close event.
    socket.send(bytes.subarray(start, end), { binary: false, fin: end >= bytes.length }, () => undefined);
  }
}

/**
 * Holds an accepted socket to API Gateway's times: it is closed when no message came or went for ten minutes, and
 * after two hours. Pings are not messages here.
 */
export function createConnection(options: {
  readonly socket: WebSocket;
  readonly facts: ConnectionFacts;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly after: StartTimer;
}): Connection {
  const { socket, facts, now, after } = options;
  const close = (code: number, reason: string): void => {
    socket.close(code, reason);
  };
  const startIdling = () =>
    after(idleMs, () => {
      close(goingAway, 'Idle for ten minutes');
    });
  const cancelDuration = after(durationMs, () => {
    close(goingAway, 'Open for two hours');
  });
  let cancelIdling = startIdling();
  let lastActiveAt = now();
  const touch = (): void => {
    cancelIdling();
    cancelIdling = startIdling();
    lastActiveAt = now();
  };
  socket.on('message', touch);
  const { promise: closed, resolve: settle } = Promise.withResolvers<void>();
  socket.once('close', () => {
    cancelIdling();
    cancelDuration();
    settle();
  });
  return {
    facts,
    lastActiveAt: () => lastActiveAt,
    post: (text) => {
      if (socket.readyState !== WebSocket.OPEN) return 'gone';
      if (socket.bufferedAmount > unreadBytesMax) return 'congested';
      sendInFrames(socket, text);
      touch();
      return 'sent';
    },
    close,
    terminate: () => {
      socket.terminate();
    },
    closed,
  };
}
