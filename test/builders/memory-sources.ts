import type { Sources } from '../../shared/aws/source-table.ts';
import type { Source } from '../../shared/source.ts';
import { memoryConfigRows } from './memory-config-rows.ts';

/** Sources in memory. */
export function memorySources(...given: readonly Source[]): Sources {
  const rows = memoryConfigRows<Source>();
  const all = new Map(given.map((source) => [source.id, source]));
  const ready = Promise.all(given.map((source) => rows.put(source.tenant, source.id, source)));
  return {
    get: async (tenant, id) => (await ready, rows.get(tenant, id)),
    listPage: async (tenant, page) => (await ready, rows.listPage(tenant, page)),
    find: async (id) => all.get(id),
    async add(source) {
      all.set(source.id, source);
      await rows.put(source.tenant, source.id, source);
    },
    async remove(tenant, id) {
      const removed = await rows.remove(tenant, id);
      if (removed) all.delete(id);
      return removed;
    },
  };
}
