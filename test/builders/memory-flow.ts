import type { FlowTable } from '../../shared/aws/flow-table.ts';

/** The lines and places in flight of webhooks, in memory. */
export function memoryFlow(now: () => number): FlowTable {
  const lines = new Map<string, number>();
  const leases = new Map<string, { readonly count: number; readonly until: number }[]>();
  return {
    async reserve(tenant, id, count, intervalMs) {
      const first = Math.max(lines.get(`${tenant} ${id}`) ?? 0, now());
      lines.set(`${tenant} ${id}`, first + count * intervalMs);
      return first;
    },
    async lease(tenant, id, count, max, holdMs) {
      const key = `${tenant} ${id}`;
      const live = (leases.get(key) ?? []).filter(({ until }) => until > now());
      const free = max - live.reduce((sum, lease) => sum + lease.count, 0);
      const lease = { count: Math.max(0, Math.min(count, free)), until: now() + holdMs };
      leases.set(key, [...live, lease]);
      return {
        count: lease.count,
        release: async () => {
          leases.set(
            key,
            (leases.get(key) ?? []).filter((each) => each !== lease),
          );
        },
      };
    },
  };
}
