import * as z from 'zod';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  CONNECTIONS_TABLE: z.string().min(1),
  LIVE_EVENT_QUEUE_URL: z.string().min(1),
});
export type Env = z.input<typeof envSchema>;
