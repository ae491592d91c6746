import * as z from 'zod';

export const envSchema = z.object({
  /** The URLs of our dead-letter queues, separated by commas. */
  DEAD_LETTER_QUEUE_URLS: z.string().min(1),
});
export type Env = z.input<typeof envSchema>;
