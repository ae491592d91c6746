import * as z from 'zod';
import { eventSchema } from '../../shared/event.ts';
import { replayStepSchema } from '../../shared/live-replay.ts';

/** What the queue of live events carries: events from the bus, and steps of telling viewers what they missed. */
export const liveMessageSchema = z.union([replayStepSchema, eventSchema]);
export type LiveMessage = z.infer<typeof liveMessageSchema>;
