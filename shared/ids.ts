import { randomBytes } from 'node:crypto';

export type WebhookId = `wh_${string}`;
export type HookId = `hk_${string}`;
/** Whoever receives an event: a webhook or a hook. */
export type EndpointId = WebhookId | HookId;

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeCharacters = 10;
const randomCharacters = 16;

/** A ULID: 48 bits of time in front, so that ids sort by age, and 80 random bits. */
export function createUlid(nowMs: number, random: Uint8Array = randomBytes(randomCharacters)): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < timeCharacters; i++, rest = Math.floor(rest / 32)) {
    time = crockford.charAt(rest % 32) + time;
  }
  return (
    time + Array.from(random.subarray(0, randomCharacters), (byte) => crockford.charAt(byte % 32)).join('')
  );
}

export const createEventId = (nowMs: number): string => `evt_${createUlid(nowMs)}`;
export const createWebhookId = (nowMs: number): WebhookId => `wh_${createUlid(nowMs)}`;
export const createHookId = (nowMs: number): HookId => `hk_${createUlid(nowMs)}`;

export const isWebhookId = (id: string): id is WebhookId => id.startsWith('wh_');
export const isHookId = (id: string): id is HookId => id.startsWith('hk_');
