import { viewDelivery } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';

/** A delivery or run in the words of the original's log, and what that lacked. */
export const showDelivery = (delivery: Delivery) => ({
  ...viewDelivery(delivery),
  attempt_count: delivery.attempts.length,
  error_class: delivery.attempts.at(-1)?.error_class ?? null,
});
