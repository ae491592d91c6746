import * as z from 'zod';

/**
 * What the receiver is asked. Paths are `/GROUP/BEHAVIOUR/NUMBER`; a group is counted together.
 */
export const questionSchema = z.discriminatedUnion('kind', [
  /** Answered once `count` deliveries arrived in a group, or after `waitMs`. */
  z.object({
    kind: z.literal('expect'),
    question: z.int(),
    group: z.string(),
    count: z.int(),
    waitMs: z.number(),
  }),
  /** Answered at once with the instants at which the events of one path arrived. */
  z.object({ kind: z.literal('arrivals'), question: z.int(), path: z.string() }),
]);
export type Question = z.infer<typeof questionSchema>;

const tallySchema = z.object({
  /** Distinct deliveries, by path and event, whether answered 200 or not. */
  arrived: z.int(),
  /** Distinct deliveries that were answered 200. */
  accepted: z.int(),
  /** Requests for deliveries that had been answered 200 before. */
  duplicates: z.int(),
  requests: z.int(),
  /** Instants of the monotonic clock in milliseconds; 0 before anything came. */
  firstAt: z.number(),
  lastAt: z.number(),
});
export type Tally = z.infer<typeof tallySchema>;

export const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('listening'), port: z.int() }),
  z.object({ kind: z.literal('tally'), question: z.int(), tally: tallySchema }),
  /** By the event's number; NaN for one that did not arrive. */
  z.object({ kind: z.literal('arrivals'), question: z.int(), at: z.instanceof(Float64Array) }),
]);
export type Answer = z.infer<typeof answerSchema>;
