import * as z from 'zod';

export const envSchema = z.object({
  LEDGER_TABLE: z.string().min(1),
});
export type Env = z.input<typeof envSchema>;
