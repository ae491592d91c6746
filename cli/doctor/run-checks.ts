import type { OpenSocket } from '../../client/open-socket.ts';
import type { Scope } from '../../shared/api-key.ts';
import type { Settings } from '../read-settings.ts';
import { checkLive } from './check-live.ts';
import type { Check } from './check.ts';
import {
  holdsScope,
  judgeClock,
  judgeReachability,
  judgeScopes,
  judgeSettings,
  judgeVersions,
} from './judge.ts';
import type { Probe, Probed } from './probe.ts';

interface Dependencies {
  readonly settings: Settings;
  readonly probe: Probe;
  readonly openSocket: OpenSocket;
  readonly signal: AbortSignal;
  readonly own: { readonly version: string; readonly node: string };
}

const liveTimeoutMs = 10_000;

/** Requests that change nothing, of which each needs another scope. */
const probes = {
  read: ['GET', '/api/v1/webhooks?limit=1', undefined],
  // No event, and no filter: refused, after the scope was looked at.
  publish: ['POST', '/api/v1/events', []],
  manage: ['POST', '/api/v1/filters/test', {}],
  // Its time is over in a minute.
  live: ['POST', '/api/v1/live/tickets', undefined],
} as const satisfies Readonly<Record<Scope, readonly ['GET' | 'POST', string, unknown]>>;

const bodyOf = (probed: Probed): unknown => (probed.kind === 'answered' ? probed.body : undefined);

/** Looks at everything that a command needs, one after the other, and yields what each came to. */
export async function* runChecks(dependencies: Dependencies): AsyncGenerator<Check, void, void> {
  const { settings, probe, openSocket, signal, own } = dependencies;
  yield* judgeSettings(settings);
  const catalog = await probe('GET', '/api/v1/events/catalog');
  const reachability = judgeReachability(catalog, settings.url.value);
  yield reachability;
  yield judgeVersions(bodyOf(catalog), own);
  if (reachability.state !== 'ok' || catalog.kind === 'failed') return;
  const clock = judgeClock(catalog);
  if (clock !== undefined) yield clock;
  if (settings.key === undefined) return;
  const ask = (scope: Scope): Promise<Probed> => {
    const [method, path, json] = probes[scope];
    return probe(method, path, json);
  };
  const [read, publish, manage, live] = await Promise.all([
    ask('read'),
    ask('publish'),
    ask('manage'),
    ask('live'),
  ]);
  if (isUnknown([read, publish, manage, live])) {
    yield {
      name: 'scopes',
      state: 'fail',
      text: `The API does not know the key from ${settings.key.place}.`,
      mend: 'Check it for what is missing at an end, or make a new one.',
    };
    return;
  }
  yield judgeScopes({
    read: holdsScope(read),
    publish: holdsScope(publish),
    manage: holdsScope(manage),
    live: holdsScope(live),
  });
  if (holdsScope(live) === true) {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(liveTimeoutMs)]);
    yield checkLive(settings, bodyOf(live), { openSocket, signal: inTime });
  }
}

const isUnknown = (probed: readonly Probed[]): boolean =>
  probed.some((each) => each.kind === 'answered' && each.status === 401);
