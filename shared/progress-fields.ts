import * as z from 'zod';

/** `POST /api/v1/progress` */
export const progressFieldsSchema = z.strictObject({
  event_name: z.string(),
  data: z.record(z.string(), z.unknown()),
});
