import type { Job, Page, PageQuery } from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';
import { hasEnded } from '../../shared/job.ts';

const pollMs = 500;

interface Dependencies {
  readonly call: CallRoute;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** What takes longer than a request. */
export const createJobRoutes = ({ call, pause }: Dependencies) => {
  const get = (id: string, options?: CallOptions) =>
    call<Job>({ method: 'GET', path: pathOf`/api/v1/jobs/${id}`, requires: ['id', 'state'] }, options);
  return {
    list: (query: PageQuery = {}, options?: CallOptions) =>
      call<Page<'jobs', Job>>({ method: 'GET', path: '/api/v1/jobs', query, requires: ['jobs'] }, options),

    get,

    cancel: (id: string, options?: CallOptions) =>
      call<Job>(
        {
          method: 'POST',
          path: pathOf`/api/v1/jobs/${id}/cancel`,
          isRepeatable: true,
          requires: ['id', 'state'],
        },
        options,
      ),

    /** Waits until nothing more will happen, and answers how it ended: `done`, `failed` or `cancelled`. */
    async wait(
      id: string,
      options: CallOptions & { readonly onProgress?: (job: Job) => void } = {},
    ): Promise<Job> {
      for (;;) {
        const job = await get(id, options);
        options.onProgress?.(job);
        if (hasEnded(job.state)) return job;
        await pause(pollMs, options.signal);
      }
    },
  };
};
