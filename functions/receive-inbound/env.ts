import * as z from 'zod';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
  SEAL_KEY_ID: z.string().min(1),
});
export type Env = z.input<typeof envSchema>;
