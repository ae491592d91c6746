import * as z from 'zod';
import { executionEnvFields } from '../../shared/execution-env.ts';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  ...executionEnvFields,
  JOB_QUEUE_URL: z.string().min(1),
  SEAL_KEY_ID: z.string().min(1),
  /** Comma-separated CIDR ranges that webhooks may reach although they are not public. */
  EGRESS_ALLOWED_RANGES: z.string(),
});
export type Env = z.input<typeof envSchema>;
