import { ApiError } from './api-error.ts';
import { eventBytesMax } from './limits.ts';
import { requireShallow } from './require-shallow.ts';

/** Throws `ApiError` 413 when an event's data is larger than the bus carries, and 422 when it is nested too deeply. */
export function requireEventSize(data: Readonly<Record<string, unknown>>): void {
  requireShallow(data);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes <= eventBytesMax) return;
  throw new ApiError('too_large', `The event's data has ${bytes} bytes; at most ${eventBytesMax} are taken.`);
}
