import type { EventEmitter } from 'node:events';
import type { Stop } from './drain-queue.ts';

/**
 * The first SIGTERM asks the worker to end, the second one not to wait for its scripts. Ctrl-C reaches every
 * process of a terminal: whoever started the worker decides what follows from it, and says so by SIGTERM.
 */
export function listenForStop(source: Pick<EventEmitter, 'on'>): Stop {
  const requested = new AbortController();
  const urgent = new AbortController();
  source.on('SIGTERM', () => {
    if (requested.signal.aborted) urgent.abort();
    requested.abort();
  });
  source.on('SIGINT', () => undefined);
  return { requested: requested.signal, urgent: urgent.signal };
}
