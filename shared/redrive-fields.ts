import * as z from 'zod';

/** `POST /api/v1/dead-letters/redrive` */
export const redriveFieldsSchema = z.strictObject({
  /** The name of one dead-letter queue; all unless told. */
  queue: z.string().optional(),
});
