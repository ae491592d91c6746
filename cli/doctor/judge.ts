import * as z from 'zod';
import type { Scope } from '../../shared/api-key.ts';
import { catalogVersion } from '../../shared/catalog.ts';
import { isLoopback, settingsFileSchema } from '../read-settings.ts';
import type { Settings } from '../read-settings.ts';
import type { Check } from './check.ts';
import type { Probed } from './probe.ts';

const settingsNames = Object.keys(settingsFileSchema.shape).join(', ');

/** What was found of the settings. The key itself is never shown. */
export function judgeSettings({ url, key, warnings, openKeyFile }: Settings): readonly Check[] {
  const checks: Check[] = [{ name: 'url', state: 'ok', text: `${url.value}, from ${url.place}` }];
  if (url.value.startsWith('http:') && !isLoopback(url.value)) {
    checks.push({
      name: 'url',
      state: 'warn',
      text: 'The key travels unencrypted to another machine.',
      mend: 'Put a proxy with TLS before the API, and give its https URL.',
    });
  }
  checks.push(
    key === undefined
      ? {
          name: 'key',
          state: 'fail',
          text: ['There is none.', ...warnings].join(' '),
          mend: `Set SUBLARR_EVENTS_KEY, or write ~/.config/sublarr-events/config.json (${settingsNames}), or run this in the folder of the box.`,
        }
      : { name: 'key', state: 'ok', text: `found in ${key.place}` },
  );
  if (openKeyFile !== undefined) {
    checks.push({
      name: 'key',
      state: 'warn',
      text: `Others on this machine may read ${openKeyFile}.`,
      mend: `chmod 600 ${openKeyFile}`,
    });
  }
  return checks;
}

const catalogSchema = z.object({ catalog_version: z.int() });
const isOurs = (body: unknown): boolean => z.object({ message: z.string() }).safeParse(body).success;

/** Whether it is the API that answers. */
export function judgeReachability(probed: Probed, url: string): Check {
  const name = 'api';
  if (probed.kind === 'failed') {
    return {
      name,
      state: 'fail',
      text: `${url} cannot be reached: ${probed.reason}.`,
      mend: 'Check --url or SUBLARR_EVENTS_URL, and that it runs: on one box "npm start".',
    };
  }
  const { status, body, durationMs } = probed;
  if (catalogSchema.safeParse(body).success || ([401, 403, 429].includes(status) && isOurs(body))) {
    return { name, state: 'ok', text: `answers in ${Math.round(durationMs)} ms` };
  }
  if (status >= 500 && isOurs(body)) {
    return {
      name,
      state: 'fail',
      text: `It answers ${status}: it cannot do its work just now.`,
      mend: 'Run this again in a moment; its log tells why.',
    };
  }
  return {
    name,
    state: 'fail',
    text: `Something answers ${status}, and it is not this API.`,
    mend: 'Check the URL: without a path, and not that of the live stream.',
  };
}

/** Past this, receivers of a server with that clock refuse what it signs. */
const skewFailSeconds = 300;
const skewWarnSeconds = 30;

/** Compares the clocks here and there, as far as `Date` tells. */
export function judgeClock({
  date,
  startedAt,
  durationMs,
}: Extract<Probed, { kind: 'answered' }>): Check | undefined {
  const there = Date.parse(date ?? '');
  if (Number.isNaN(there)) return undefined;
  // The header has whole seconds, cut off.
  const seconds = Math.round((there + 500 - (startedAt + durationMs / 2)) / 1000);
  const size = Math.abs(seconds);
  const text = size <= 1 ? 'the same here and there' : `here ${size} s ${seconds > 0 ? 'slow' : 'fast'}`;
  if (size < skewWarnSeconds) return { name: 'clock', state: 'ok', text };
  return {
    name: 'clock',
    state: size < skewFailSeconds ? 'warn' : 'fail',
    text: `${text}; receivers take signatures that are at most ${skewFailSeconds} s off`,
    mend: 'Set the clocks of both machines by NTP.',
  };
}

/** Whether this and the server speak of the same catalog. */
export function judgeVersions(
  body: unknown,
  own: { readonly version: string; readonly node: string },
): Check {
  const name = 'versions';
  const there = catalogSchema.safeParse(body).data?.catalog_version;
  const here = `sublarr-events ${own.version}, Node ${own.node}`;
  if (there === undefined) return { name, state: 'ok', text: here };
  if (there === catalogVersion)
    return { name, state: 'ok', text: `${here}, catalog ${catalogVersion} here and there` };
  return {
    name,
    state: 'warn',
    text: `${here}; catalog ${catalogVersion} here, ${there} at the server`,
    mend: `Update ${there > catalogVersion ? 'this program' : 'the server'}.`,
  };
}

/** What becomes possible with each scope. */
const uses: Readonly<Record<Scope, string>> = {
  publish: 'emit',
  manage: 'what changes anything',
  read: 'what lists or shows anything',
  live: 'listen',
};

/** What requests that change nothing tell of a scope: undefined when they tell nothing. */
export function holdsScope(probed: Probed): boolean | undefined {
  if (probed.kind === 'failed') return undefined;
  if (probed.status === 403) return false;
  return probed.status < 400 || probed.status === 422 ? true : undefined;
}

/** Which scopes the key has. */
export function judgeScopes(held: Readonly<Record<Scope, boolean | undefined>>): Check {
  const having = (wanted: boolean | undefined): Scope[] =>
    (['publish', 'manage', 'read', 'live'] as const).filter((scope) => held[scope] === wanted);
  const [has, lacks, unknown] = [having(true), having(false), having(undefined)];
  const name = 'scopes';
  if (unknown.length > 0) {
    return {
      name,
      state: 'warn',
      text: [
        ...(has.length === 0 ? [] : [has.join(', ')]),
        ...(lacks.length === 0 ? [] : [`not ${lacks.join(', ')}`]),
        `nothing can be said of ${unknown.join(', ')}`,
      ].join('; '),
      mend: 'Run this again: the API did not answer as it should.',
    };
  }
  if (lacks.length === 0) return { name, state: 'ok', text: has.join(', ') };
  const missing = lacks.map((scope) => `${scope} (${uses[scope]})`).join(', ');
  return {
    name,
    state: has.length === 0 ? 'fail' : 'ok',
    text: `${has.join(', ') || 'none'}; not ${missing}`,
    ...(has.length === 0 ? { mend: 'Make a key with the scopes that you need.' } : {}),
  };
}
