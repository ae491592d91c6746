import * as z from 'zod';

export const envSchema = z.object({
  /** The callback URL of the WebSocket stage, over which connections are posted to. */
  LIVE_ENDPOINT: z.url(),
});
export type Env = z.input<typeof envSchema>;
