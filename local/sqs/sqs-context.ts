import type { Queues } from './open-queues.ts';

/** What every operation works with. */
export interface SqsContext {
  readonly queues: Queues;
  /** Where the AWS endpoint listens, such as `http://127.0.0.1:4566`; asked anew for each queue URL. */
  readonly baseUrl: () => string;
}
