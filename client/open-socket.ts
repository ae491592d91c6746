import { SublarrEventsError } from './client-error.ts';

/** What happens on a connection. */
export type SocketEvent = { readonly kind: 'open' } | { readonly kind: 'text'; readonly text: string };

/**
 * Opens a WebSocket and yields what happens on it. Throws `SublarrEventsError` when it cannot be opened, or ends
 * otherwise than by the signal; ends quietly by that.
 */
export type OpenSocket = (
  url: URL,
  protocols: readonly string[],
  signal: AbortSignal | undefined,
) => AsyncIterable<SocketEvent>;

/** API Gateway closes what was idle for 10 minutes; proxies are less patient. */
const pingMs = 50_000;
/** A connection that answers no ping in this time is dead although nobody closed it. */
const silenceMs = 2 * pingMs + 10_000;

const broken = (url: URL, what: string): SublarrEventsError =>
  new SublarrEventsError({
    code: 'unreachable',
    message: `The live stream at ${url.origin}${url.pathname} ${what}`,
  });

/** By the WebSocket of Node itself. */
export const openSocket: OpenSocket = async function* (url, protocols, signal) {
  const socket = new WebSocket(url, [...protocols]);
  const happened: SocketEvent[] = [];
  let isOpen = false;
  let end: SublarrEventsError | 'aborted' | undefined;
  let wake: () => void = () => undefined;
  let heardAt = Date.now();
  const finish = (reason: SublarrEventsError | 'aborted'): void => {
    end ??= reason;
    wake();
  };
  const abort = (): void => finish('aborted');
  socket.addEventListener('open', () => {
    isOpen = true;
    happened.push({ kind: 'open' });
    wake();
  });
  socket.addEventListener('message', ({ data }) => {
    heardAt = Date.now();
    happened.push({ kind: 'text', text: String(data) });
    wake();
  });
  socket.addEventListener('close', ({ code }) =>
    finish(
      isOpen
        ? broken(url, `closed the connection (${code}).`)
        : broken(url, 'cannot be opened. Check the live URL: on AWS it is the output LiveUrl.'),
    ),
  );
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  const ping = setInterval(() => {
    if (Date.now() - heardAt > silenceMs) finish(broken(url, 'does not answer any more.'));
    else if (socket.readyState === WebSocket.OPEN) socket.send('{"event":"ping"}');
  }, pingMs);
  try {
    for (;;) {
      const next = happened.shift();
      if (next !== undefined) {
        yield next;
      } else if (end === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (end === 'aborted') {
        return;
      } else {
        throw end;
      }
    }
  } finally {
    clearInterval(ping);
    signal?.removeEventListener('abort', abort);
    socket.close();
  }
};
