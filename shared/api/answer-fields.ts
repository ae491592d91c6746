import * as z from 'zod';
import { eventNames } from '../catalog.ts';
import { circuitSchema } from '../circuit.ts';

/** The `next_cursor` of a list: null on its last page. */
export const nextCursorSchema = z.string().nullable();

/** What webhooks and hooks tell alike. */
export const subscriberFields = {
  name: z.string(),
  event_names: z.array(z.enum([...eventNames, '*'])),
  /** The only one of `event_names`; null when there are several. */
  event_name: z.enum([...eventNames, '*']).nullable(),
  /** An event pattern. */
  filter: z.record(z.string(), z.unknown()).nullable(),
  timeout_seconds: z.int(),
  enabled: z.boolean(),
  trigger_count: z.int(),
  last_triggered_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
};

/** Why and until when an endpoint is left alone. */
export const circuitAnswerSchema = circuitSchema.pick({ reason: true }).extend({ until: z.string() });
