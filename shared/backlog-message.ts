import * as z from 'zod';

/** What a worker that can't keep up with the runs puts into hook-events: how many of them there should be. */
export const backlogMessageSchema = z.object({ workers_wanted: z.int().min(1) });
export type BacklogMessage = z.infer<typeof backlogMessageSchema>;
