import * as z from 'zod';

/**
 * Who listens to a tenant's events: what publishing must know so that an event goes nowhere in vain, and what its
 * consumers must know so that they may answer from memory.
 */
export const audienceSchema = z.object({
  /** Grows with every change of a webhook or hook: a list read for this version holds for every event that names it. */
  version: z.int(),
  /** Whether there ever was a hook. */
  hooks: z.boolean(),
  /** Whether a live viewer may be connected. */
  live: z.boolean(),
});
export type Audience = z.infer<typeof audienceSchema>;
