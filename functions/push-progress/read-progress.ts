import { ApiError } from '../../shared/api-error.ts';
import { isEventName } from '../../shared/catalog.ts';
import { progressBytesMax } from '../../shared/limits.ts';
import { parseFields } from '../../shared/parse-request.ts';
import { progressFieldsSchema } from '../../shared/progress-fields.ts';
import { isViewerEvent, viewerEvents } from '../../shared/progress.ts';
import type { ViewerEventName } from '../../shared/progress.ts';
import { requireShallow } from '../../shared/require-shallow.ts';

/** A state that viewers are to be told of. */
export interface Progress {
  readonly name: ViewerEventName;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads the body of a request. Throws `ApiError` 422, or 413 for data that is too large. */
export function readProgress(body: unknown): Progress {
  const { event_name: name, data } = parseFields(progressFieldsSchema, body);
  if (!isViewerEvent(name)) {
    const problem = isEventName(name)
      ? `"${name}" is a catalog event: publish it with POST /api/v1/events.`
      : `"${name}" is no progress event.`;
    throw new ApiError('unprocessable', `${problem} Known progress events: ${viewerEvents.join(', ')}.`, [
      { field: 'event_name', message: 'is no progress event' },
    ]);
  }
  requireShallow(data);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > progressBytesMax) {
    throw new ApiError('too_large', `The data has ${bytes} bytes; at most ${progressBytesMax} are taken.`, [
      { field: 'data', message: 'is too large' },
    ]);
  }
  return { name, data };
}
