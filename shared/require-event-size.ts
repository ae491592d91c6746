import { ApiError } from './api-error.ts';
import { eventBytesMax } from './limits.ts';

/** Throws `ApiError` 413 when an event's data is larger than the bus carries. */
export function requireEventSize(data: Readonly<Record<string, unknown>>): void {
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes <= eventBytesMax) return;
  throw new ApiError('too_large', `The event's data has ${bytes} bytes; at most ${eventBytesMax} are taken.`);
}
