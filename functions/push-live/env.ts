import * as z from 'zod';

export const envSchema = z.object({
  CONNECTIONS_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  LIVE_EVENT_QUEUE_URL: z.string().min(1),
  /** The callback URL of the WebSocket stage, over which connections are posted to. */
  LIVE_ENDPOINT: z.url(),
});
export type Env = z.input<typeof envSchema>;
