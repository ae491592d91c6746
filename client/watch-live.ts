import { liveSubprotocol } from '../shared/live-viewer.ts';
import type { LiveTicket } from './answers.ts';
import { SublarrEventsError } from './client-error.ts';
import { readLiveFrame } from './live-frame.ts';
import type { LiveFrame } from './live-frame.ts';
import type { OpenSocket } from './open-socket.ts';
import type { CallOptions } from './send-request.ts';
import { createStreamPlace } from './stream-place.ts';

/** What to watch. */
export interface WatchOptions extends CallOptions {
  /** Names of events; all of them unless told. */
  readonly events?: readonly string[] | undefined;
  /** The cursor of the last frame that is known: what happened since comes first. */
  readonly since?: string | undefined;
  /** Told when a connection is open. */
  readonly onConnected?: (() => void) | undefined;
  /** Told when a connection broke, before it is opened again. */
  readonly onInterrupted?: ((error: SublarrEventsError, waitMs: number) => void) | undefined;
}

interface Dependencies {
  readonly liveUrl: URL;
  readonly createTicket: (options: CallOptions) => Promise<LiveTicket>;
  readonly openSocket: OpenSocket;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
  readonly random: () => number;
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** What passes by itself: a key that is no longer known does not. */
const passing = new Set<string>(['unreachable', 'timed_out', 'unavailable', 'too_many_requests', 'internal']);

const isPassing = (error: unknown): error is SublarrEventsError =>
  error instanceof SublarrEventsError && passing.has(error.code);

/**
 * Watches live, for ever: a connection that breaks is opened again with the cursor of what came, and each event is told
 * once. Ends when the signal says so. Throws `SublarrEventsError` when the first connection cannot be opened, and later
 * when the key is refused.
 */
export async function* watchLive(
  { liveUrl, createTicket, openSocket, pause, random }: Dependencies,
  { events = ['*'], since, signal, onConnected, onInterrupted }: WatchOptions,
): AsyncGenerator<LiveFrame, void, void> {
  const place = createStreamPlace(since);
  let wasConnected = false;
  let failures = 0;

  const openOnce = async function* (): AsyncGenerator<LiveFrame, void, void> {
    // Whoever refuses a WebSocket cannot say why; a route can. And the key goes to the API's own host alone.
    const { ticket, cursor: start } = await createTicket({ signal });
    const url = new URL(liveUrl);
    url.searchParams.set('events', events.join(','));
    url.searchParams.set('ticket', ticket);
    const cursor = place.cursor();
    if (cursor !== undefined) url.searchParams.set('since', cursor);
    place.connected(start);
    for await (const happened of openSocket(url, [liveSubprotocol], signal)) {
      if (happened.kind === 'open') {
        wasConnected = true;
        failures = 0;
        onConnected?.();
        continue;
      }
      const frame = readLiveFrame(happened.text);
      if (frame !== undefined && place.take(frame)) yield frame;
    }
  };

  while (!isAborted(signal)) {
    try {
      yield* openOnce();
    } catch (error) {
      if (isAborted(signal)) return;
      if (!wasConnected || !isPassing(error)) throw error;
      const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** failures++);
      const waitMs = ceiling / 2 + (ceiling / 2) * random();
      onInterrupted?.(error, waitMs);
      await pause(waitMs, signal).catch(() => undefined);
    }
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;
