import * as z from 'zod';
import { backlogMessageSchema } from '../../shared/backlog-message.ts';
import { hookMessageSchema } from '../../shared/delivery.ts';
import { eventSchema } from '../../shared/event.ts';

/**
 * A message of the hook-events queue: an event from the bus, a run whose script asked to be tried again later, or a
 * worker's word that it can't keep up.
 */
export const startMessageSchema = z.union([
  hookMessageSchema.transform((run) => ({ kind: 'retry' as const, run })),
  backlogMessageSchema.transform(({ workers_wanted }) => ({ kind: 'backlog' as const, workers_wanted })),
  eventSchema.transform((event) => ({ kind: 'event' as const, event })),
]);
export type StartMessage = z.output<typeof startMessageSchema>;
