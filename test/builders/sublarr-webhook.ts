import { createHmac } from 'node:crypto';

/** As Python's `json.dumps`: a blank after each comma and colon, and nothing but ASCII. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${dumps(key)}: ${dumps(member)}`);
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As Python's `datetime.isoformat()` in UTC, with microseconds. */
const isoformat = (ms: number): string => new Date(ms).toISOString().replace('Z', '217+00:00');

/** What an unmodified Sublarr posts for one event, byte for byte. */
export function aSublarrWebhook(
  eventName: string,
  data: unknown,
  { secret, sentAtMs }: { secret: string; sentAtMs: number },
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const body = dumps({ event_name: eventName, version: 1, timestamp: isoformat(sentAtMs), data });
  const signature = createHmac('sha256', Buffer.from(secret, 'utf8'))
    .update(Buffer.from(body, 'utf8'))
    .digest('hex');
  return {
    body,
    headers: {
      'user-agent': 'Sublarr-Webhook/1.0',
      'content-type': 'application/json',
      'x-sublarr-event': eventName,
      'x-sublarr-signature': `sha256=${signature}`,
    },
  };
}
