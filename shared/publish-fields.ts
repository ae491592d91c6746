import * as z from 'zod';
import { eventIdSchema } from './event.ts';
import { eventsPerRequestMax } from './limits.ts';

/** One event of `POST /api/v1/events`; the catalog says more of its name and data. */
export const publishEntrySchema = z.strictObject({
  event_name: z.string(),
  data: z.record(z.string(), z.unknown()),
  id: eventIdSchema.optional(),
});

/** The whole body: each event is checked for itself, so that one fault does not refuse the others. */
export const publishFieldsSchema = z.union([
  publishEntrySchema,
  z.array(publishEntrySchema).min(1).max(eventsPerRequestMax),
]);
