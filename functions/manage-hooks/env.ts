import * as z from 'zod';
import { workerEnvFields } from '../../shared/hook-run-worker-env.ts';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  HOOK_RUN_QUEUE_URL: z.string().min(1),
  JOB_QUEUE_URL: z.string().min(1),
  ...workerEnvFields,
});
export type Env = z.input<typeof envSchema>;
