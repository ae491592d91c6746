import type { ScoringTable } from '../../shared/aws/scoring-table.ts';
import { noOverrides } from '../../shared/scoring-overrides.ts';
import type { ScoringOverrides } from '../../shared/scoring.ts';

export interface MemoryScoringTable extends ScoringTable {
  /** As by a hand in the table: nobody is told. */
  edit(tenant: string, overrides: Partial<ScoringOverrides>): void;
}

/** The scoring of tenants in memory. */
export function memoryScoringTable(): MemoryScoringTable {
  const rows = new Map<string, ScoringOverrides>();
  const versions = new Map<string, number>();
  const table: MemoryScoringTable = {
    edit: (tenant, overrides) =>
      void rows.set(tenant, { ...(rows.get(tenant) ?? noOverrides), ...structuredClone(overrides) }),
    load: async (tenant) => structuredClone(rows.get(tenant) ?? noOverrides),
    readVersion: async (tenant) => versions.get(tenant) ?? 0,
    raiseVersion: async (tenant) => void versions.set(tenant, (versions.get(tenant) ?? 0) + 1),
    change: async (tenant, change) => {
      const next = change(await table.load(tenant));
      rows.set(tenant, structuredClone(next));
      await table.raiseVersion(tenant);
      return next;
    },
  };
  return table;
}
