import type { CatalogEvent } from './event.ts';
import { liveMessageBytesMax } from './limits.ts';

/**
 * The text that viewers get of an event: `{event, data, id, timestamp}`. One that API Gateway would not carry comes
 * without its data, as `{event, id, timestamp, truncated, bytes}`, where `bytes` is the size of the whole text.
 */
export function renderFrame(event: CatalogEvent): string {
  const { event_name, data, id, timestamp } = event;
  const text = JSON.stringify({ event: event_name, data, id, timestamp });
  const bytes = Buffer.byteLength(text);
  if (bytes <= liveMessageBytesMax) return text;
  return JSON.stringify({ event: event_name, id, timestamp, truncated: true, bytes });
}
