import * as z from 'zod';
import { hookMessageSchema } from '../../shared/delivery.ts';
import { eventSchema } from '../../shared/event.ts';

/** A message of the hook-events queue: an event from the bus, or a run whose script asked to be tried again later. */
export const startMessageSchema = z.union([
  hookMessageSchema.transform((run) => ({ kind: 'retry' as const, run })),
  eventSchema.transform((event) => ({ kind: 'event' as const, event })),
]);
export type StartMessage = z.output<typeof startMessageSchema>;
