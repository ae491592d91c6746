import * as z from 'zod';
import { eventNames } from './catalog.ts';
import { eventIdSchema } from './event.ts';
import { filterSchema } from './filter-fields.ts';

/** An event to try; what publishing would stamp may be left out. */
const givenEventSchema = z.strictObject({
  id: eventIdSchema.optional(),
  event_name: z.enum(eventNames),
  version: z.int().optional(),
  timestamp: z.iso.datetime().optional(),
  data: z.record(z.string(), z.unknown()),
});
export type GivenEvent = z.output<typeof givenEventSchema>;

/** `POST /api/v1/filters/test` */
export const filterTestSchema = z
  .strictObject({
    filter: filterSchema,
    event: givenEventSchema.optional(),
    event_id: eventIdSchema.optional(),
  })
  .refine(({ event, event_id }) => (event === undefined) !== (event_id === undefined), {
    path: ['event'],
    message:
      'give either event, such as {"event_name": ..., "data": {...}}, or event_id of one that was published',
  });
