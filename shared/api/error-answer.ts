import * as z from 'zod';
import { errorCodes } from '../api-error.ts';

/** The body of every error. */
export const errorAnswerSchema = z.object({
  /** What was wrong, and how to mend it. */
  message: z.string(),
  /** Absent where the gateway itself answers. */
  code: z.enum(errorCodes).optional(),
  /** Which fields were wrong. */
  details: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
