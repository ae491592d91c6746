import * as z from 'zod';
import { eventSchema } from '../../shared/event.ts';

/** A message of the webhook-events queue: an event from the bus, or the rest of one that had too many webhooks. */
export const fanOutMessageSchema = z.union([
  z.object({
    event: eventSchema,
    /** The last webhook that was queued. */
    after: z.string(),
  }),
  eventSchema.transform((event) => ({ event, after: undefined })),
]);
export type FanOutMessage = z.output<typeof fanOutMessageSchema>;
