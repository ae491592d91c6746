import * as z from 'zod';

export const envSchema = z.object({});
export type Env = z.input<typeof envSchema>;
