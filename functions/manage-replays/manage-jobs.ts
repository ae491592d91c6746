import { ApiError } from '../../shared/api-error.ts';
import type { JobTable } from '../../shared/aws/job-table.ts';
import { hasEnded, isJobId, jobIsMissing, viewJob } from '../../shared/job.ts';
import type { Job } from '../../shared/job.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';

/** A worker writes a job every second or so: cancelling does not mind, but for the write by which it begins. */
const triesMax = 5;

/** The routes that show and cancel jobs. */
export function createManageJobs({
  jobs,
  now,
}: {
  readonly jobs: Pick<JobTable, 'get' | 'list' | 'update'>;
  readonly now: () => number;
}) {
  const requireJob = async ({ tenant, params }: HttpRequest): Promise<Job> => {
    const id = params['id'] ?? '';
    const job = isJobId(id) ? await jobs.get(tenant, id) : undefined;
    if (job === undefined) throw jobIsMissing(id);
    return job;
  };

  return {
    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const { limit, cursor } = parseFields(pageQuerySchema, query);
      const page = await jobs.list(tenant, { limit, beforeId: readCursor(cursor) });
      return { status: 200, body: { jobs: page.items.map(viewJob), next_cursor: nextCursor(page) } };
    },

    async get(request: HttpRequest): Promise<HttpAnswer> {
      return { status: 200, body: viewJob(await requireJob(request)) };
    },

    /** What is queued already still goes out: deliveries of ten seconds, or fifty runs, at most. */
    async cancel(request: HttpRequest): Promise<HttpAnswer> {
      for (let attempt = 0; attempt < triesMax; attempt++) {
        const job = await requireJob(request);
        if (job.state === 'cancelled') return { status: 200, body: viewJob(job) };
        if (hasEnded(job.state)) {
          throw new ApiError(
            'conflict',
            `The job is ${job.state}: only one that is under way can be cancelled.`,
          );
        }
        const at = new Date(now()).toISOString();
        const cancelled = await jobs.update(
          job.tenant,
          job.id,
          { state: 'cancelled', updated_at: at, finished_at: at },
          { state: job.state },
        );
        if (cancelled !== undefined) return { status: 200, body: viewJob(cancelled) };
      }
      throw new ApiError(
        'unavailable',
        'The job could not be cancelled just now. Try again in a few seconds.',
      );
    },
  };
}
