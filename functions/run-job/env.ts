import * as z from 'zod';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  WEBHOOK_DELIVERY_QUEUE_URL: z.string().min(1),
  /** Its own queue, for what is not due yet or could not be done in time. */
  JOB_QUEUE_URL: z.string().min(1),
});
export type Env = z.input<typeof envSchema>;
