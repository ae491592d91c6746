import type { JobTable } from '../../shared/aws/job-table.ts';
import type { Job } from '../../shared/job.ts';
import { memoryConfigRows } from './memory-config-rows.ts';

/** Jobs in memory. */
export function memoryJobs(): JobTable {
  const rows = memoryConfigRows<Job>();
  return {
    get: rows.get,
    update: rows.update,
    async add(job) {
      if ((await rows.get(job.tenant, job.id)) === undefined) await rows.put(job.tenant, job.id, job);
    },
    async list(tenant, { limit, beforeId }) {
      const all = (await rows.listAll(tenant)).toReversed();
      const rest = all.filter(({ id }) => beforeId === undefined || id < beforeId);
      const items = rest.slice(0, limit);
      return { items, nextKey: rest.length > limit ? items.at(-1)?.id : undefined };
    },
  };
}
