import * as z from 'zod';
import { workerEnvFields } from '../../shared/hook-run-worker-env.ts';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  WEBHOOK_DELIVERY_QUEUE_URL: z.string().min(1),
  HOOK_RUN_QUEUE_URL: z.string().min(1),
  ...workerEnvFields,
  /** Its own queue, for what is not due yet or could not be done in time. */
  JOB_QUEUE_URL: z.string().min(1),
});
export type Env = z.input<typeof envSchema>;
