import type { DeadLetters, Redriven } from '../answers.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';

const path = '/api/v1/dead-letters';

/** What our own faults left behind. */
export const createDeadLetterRoutes = (call: CallRoute) => ({
  list: (options?: CallOptions) => call<DeadLetters>({ method: 'GET', path, requires: ['queues'] }, options),

  /** Moves dead letters back to where they came from: those of one queue, or of all. */
  redrive: (fields: { readonly queue?: string } = {}, options?: CallOptions) =>
    call<Redriven>(
      {
        method: 'POST',
        path: '/api/v1/dead-letters/redrive',
        json: fields,
        isRepeatable: true,
        requires: ['queues'],
      },
      options,
    ),
});
