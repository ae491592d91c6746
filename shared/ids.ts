import { randomBytes } from 'node:crypto';

export type WebhookId = `wh_${string}`;
export type HookId = `hk_${string}`;
/** Who holds it may send to the source that it names. */
export type SourceId = `src_${string}`;
/** Whoever receives an event: a webhook or a hook. */
export type EndpointId = WebhookId | HookId;

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeCharacters = 10;
const randomCharacters = 16;
/** Beside those of the ULID: 130 random bits in all, so that nobody guesses an id. */
const sourceRandomCharacters = 10;

const toCrockford = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => crockford.charAt(byte % 32)).join('');

/** A ULID: 48 bits of time in front, so that ids sort by age, and 80 random bits. */
export function createUlid(nowMs: number, random: Uint8Array = randomBytes(randomCharacters)): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < timeCharacters; i++, rest = Math.floor(rest / 32)) {
    time = crockford.charAt(rest % 32) + time;
  }
  return time + toCrockford(random.subarray(0, randomCharacters));
}

export const createEventId = (nowMs: number): string => `evt_${createUlid(nowMs)}`;

/** The id of what reaches live viewers only, and is found nowhere later. */
export const createProgressId = (nowMs: number): string => `prg_${createUlid(nowMs)}`;

/** When an id of ours was made, in epoch milliseconds; undefined for what has not the shape of one. */
export function timeOfEventId(id: string): number | undefined {
  const time = /^evt_([0-7][0-9A-HJKMNP-TV-Z]{9})[0-9A-HJKMNP-TV-Z]{16}$/.exec(id)?.[1];
  if (time === undefined) return undefined;
  return Array.from(time).reduce((sum, character) => sum * 32 + crockford.indexOf(character), 0);
}

export const createWebhookId = (nowMs: number): WebhookId => `wh_${createUlid(nowMs)}`;
export const createHookId = (nowMs: number): HookId => `hk_${createUlid(nowMs)}`;

export const createSourceId = (nowMs: number): SourceId =>
  `src_${createUlid(nowMs)}${toCrockford(randomBytes(sourceRandomCharacters))}`;

export const isWebhookId = (id: string): id is WebhookId => id.startsWith('wh_');
export const isHookId = (id: string): id is HookId => id.startsWith('hk_');
/** Whether a text has the shape of a source's id. */
export const isSourceId = (id: string): id is SourceId => /^src_[0-9A-HJKMNP-TV-Z]{36}$/.test(id);
