import * as z from 'zod';
import { standingSchema } from './count-standing.ts';
import { fittedLineSchema } from './fit-counts.ts';

const lineSchema = z.object({
  service: z.string(),
  purpose: z.string(),
  unit: z.string(),
  cause: z.enum(['event', 'hook_executed']),
  units: z.number(),
  usd: z.number(),
  isRequest: z.boolean(),
});

const trafficResultSchema = z.object({
  name: z.string(),
  text: z.string(),
  events: z.int(),
  /** Messages per receive, by queue. */
  batches: z.record(z.string(), z.number()),
  /** For a million events with one delivery each. */
  lines: z.array(lineSchema),
  fitted: z.array(fittedLineSchema),
});

/** What the benchmark `cost` leaves in results.json, and the monthly model reads there. */
export const costResultSchema = z.object({
  prices: z.object({ region: z.string(), dated: z.string() }),
  data_bytes: z.int(),
  /** Of send-webhook, whose time is the receivers' as well. */
  sender_megabytes: z.number(),
  standing: standingSchema,
  traffics: z.array(trafficResultSchema),
});
export type CostResult = z.infer<typeof costResultSchema>;
