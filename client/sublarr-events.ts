import { setTimeout as wait } from 'node:timers/promises';
import { createEventId } from '../shared/ids.ts';
import type { LiveTicket } from './answers.ts';
import { createCallRoute } from './call-route.ts';
import type { CallRoute } from './call-route.ts';
import type { LiveFrame } from './live-frame.ts';
import { findLiveUrl } from './live-url.ts';
import { openSocket } from './open-socket.ts';
import { findRetryWait } from './retry-wait.ts';
import { createDeadLetterRoutes } from './routes/dead-letters.ts';
import { createDeliveryRoutes } from './routes/deliveries.ts';
import { createEventRoutes } from './routes/events.ts';
import { createHookRoutes } from './routes/hooks.ts';
import { createJobRoutes } from './routes/jobs.ts';
import { createScoringRoutes } from './routes/scoring.ts';
import { createScriptRoutes } from './routes/scripts.ts';
import { createSourceRoutes } from './routes/sources.ts';
import { createWebhookRoutes } from './routes/webhooks.ts';
import { createSendRequest } from './send-request.ts';
import type { CallOptions, Fetch, Retry, SendRequest } from './send-request.ts';
import { watchLive } from './watch-live.ts';
import type { WatchOptions } from './watch-live.ts';

export interface ClientOptions {
  /** Of the API, such as `http://127.0.0.1:8484`. */
  readonly url: string | URL;
  /** The API key. */
  readonly key: string;
  /** Of the live stream; `/live` of the API's own host unless told. On AWS it is the output `LiveUrl`. */
  readonly liveUrl?: string | URL | undefined;
  /** Tries after the first: 4 unless told. */
  readonly retries?: number | undefined;
  /** How long one try may take, in milliseconds: 70 s unless told. */
  readonly timeoutMs?: number | undefined;
  /** Told before each repetition of a request. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** `fetch` of Node unless told. */
  readonly fetch?: Fetch | undefined;
}

const retriesDefault = 4;
/** An API gives up after 30 s; the rest is for the way. */
const timeoutMsDefault = 40_000;

function readUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new TypeError(`${String(url)} is not the URL of an API, such as http://127.0.0.1:8484`);
  }
  return parsed;
}

/** What a header can hold: the error of any other would show it. */
export const isPossibleKey = (key: string): boolean => /^[\x21-\x7e]+$/.test(key);

const pause = (ms: number, signal: AbortSignal | undefined): Promise<unknown> =>
  wait(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });

/**
 * The API of sublarr-events. Requests that fail in passing (429, 502 to 504, no connection) are repeated where doing
 * them twice is as good as once; `Retry-After` is heeded. Every method throws `SublarrEventsError`, or the reason of its
 * signal.
 */
export class SublarrEvents {
  readonly events: ReturnType<typeof createEventRoutes>;
  readonly webhooks: ReturnType<typeof createWebhookRoutes>;
  readonly hooks: ReturnType<typeof createHookRoutes>;
  readonly scripts: ReturnType<typeof createScriptRoutes>;
  readonly deliveries: ReturnType<typeof createDeliveryRoutes>;
  readonly jobs: ReturnType<typeof createJobRoutes>;
  readonly deadLetters: ReturnType<typeof createDeadLetterRoutes>;
  readonly sources: ReturnType<typeof createSourceRoutes>;
  readonly scoring: ReturnType<typeof createScoringRoutes>;
  /** Sends any request and answers it as it came. */
  readonly send: SendRequest;
  /** Sends any request and answers its JSON, of the type that the caller says it has. */
  readonly call: CallRoute;
  readonly #liveUrl: URL;

  /** Throws `TypeError` for a URL that is none, and for a key that cannot be one. */
  constructor(options: ClientOptions) {
    const url = readUrl(options.url);
    if (!isPossibleKey(options.key)) {
      throw new TypeError('The key is empty, or holds characters that no key has');
    }
    const retries = options.retries ?? retriesDefault;
    this.#liveUrl = findLiveUrl(url, options.liveUrl);
    this.send = createSendRequest({
      url,
      key: options.key,
      fetch: options.fetch ?? globalThis.fetch,
      retries,
      timeoutMs: options.timeoutMs ?? timeoutMsDefault,
      pause,
      now: Date.now,
      random: Math.random,
      onRetry: options.onRetry,
    });
    const call = createCallRoute(this.send);
    this.call = call;
    this.events = createEventRoutes({
      call,
      createId: () => createEventId(Date.now()),
      waitToRepeat: async (tries, { signal } = {}) => {
        const failure = { kind: 'answered', status: 503, retryAfterMs: undefined } as const;
        const waitMs = findRetryWait(failure, tries, { retries, isRepeatable: true, random: Math.random });
        if (waitMs !== undefined) await pause(waitMs, signal);
        return waitMs !== undefined;
      },
    });
    this.webhooks = createWebhookRoutes(call);
    this.hooks = createHookRoutes({ call, pause, now: Date.now });
    this.scripts = createScriptRoutes(call, this.send);
    this.deliveries = createDeliveryRoutes(call);
    this.jobs = createJobRoutes({ call, pause });
    this.deadLetters = createDeadLetterRoutes(call);
    this.sources = createSourceRoutes(call);
    this.scoring = createScoringRoutes(call, this.send);
  }

  /** Makes a ticket that opens one live connection, soon: for browsers, which must not hold a key. */
  createLiveTicket(options?: CallOptions): Promise<LiveTicket> {
    return this.call<LiveTicket>(
      { method: 'POST', path: '/api/v1/live/tickets', isRepeatable: true },
      options,
    );
  }

  /** The OpenAPI document of the server. */
  getOpenApi(options?: CallOptions): Promise<Readonly<Record<string, unknown>>> {
    return this.call({ method: 'GET', path: '/api/v1/openapi.json' }, options);
  }

  /**
   * Watches live, for ever: a connection that breaks is opened again with the cursor of what came, and each event is
   * told once. Ends when the signal says so. Needs a key with the scope `live`.
   */
  watch(options: WatchOptions = {}): AsyncGenerator<LiveFrame, void, void> {
    return watchLive(
      {
        liveUrl: this.#liveUrl,
        createTicket: (callOptions) => this.createLiveTicket(callOptions),
        openSocket,
        pause,
        random: Math.random,
      },
      options,
    );
  }
}
