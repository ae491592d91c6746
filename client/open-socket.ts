import { SublarrEventsError } from './client-error.ts';

/** An open connection: the texts that come, to its end. */
export type OpenSocket = (
  url: URL,
  protocols: readonly string[],
  signal: AbortSignal | undefined,
) => AsyncIterable<string>;

/** API Gateway closes what was idle for 10 minutes; proxies are less patient. */
const pingMs = 50_000;
/** A connection that answers no ping in this time is dead although nobody closed it. */
const silenceMs = 2 * pingMs + 10_000;

const broken = (url: URL, what: string): SublarrEventsError =>
  new SublarrEventsError({ code: 'unreachable', message: `The live stream at ${url.origin}${url.pathname} ${what}` });

/**
 * Opens a WebSocket and yields what comes. Throws `SublarrEventsError` when it cannot be opened or ends otherwise than
 * by the signal; ends quietly by that.
 */
export const openSocket: OpenSocket = async function* (url, protocols, signal) {
  const socket = new WebSocket(url, [...protocols]);
  const texts: string[] = [];
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
  });
  socket.addEventListener('message', ({ data }) => {
    heardAt = Date.now();
    texts.push(String(data));
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
      const text = texts.shift();
      if (text !== undefined) {
        yield text;
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
