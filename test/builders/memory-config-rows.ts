import { isDeepStrictEqual } from 'node:util';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';

/** Config rows in memory. Rows are copied in and out, as a table does. */
export function memoryConfigRows<Row extends object>(): ConfigRows<Row> {
  const tables = new Map<string, Map<string, Row>>();
  const rowsOf = (tenant: string): Map<string, Row> => {
    const rows = tables.get(tenant) ?? new Map<string, Row>();
    tables.set(tenant, rows);
    return rows;
  };
  const sorted = (tenant: string) =>
    [...rowsOf(tenant)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    async get(tenant, id) {
      return structuredClone(rowsOf(tenant).get(id));
    },
    async listPage(tenant, { limit, afterId = '' }) {
      const rest = sorted(tenant).filter(([id]) => id > afterId);
      const page = rest.slice(0, limit);
      return {
        items: page.map(([, row]) => structuredClone(row)),
        nextKey: rest.length > limit ? page.at(-1)?.[0] : undefined,
      };
    },
    async listAll(tenant) {
      return sorted(tenant).map(([, row]) => structuredClone(row));
    },
    async put(tenant, id, row) {
      rowsOf(tenant).set(id, structuredClone(row));
    },
    async update(tenant, id, fields, unchanged = {}) {
      const row = rowsOf(tenant).get(id);
      if (row === undefined) return undefined;
      const isUnchanged = ([name, value]: [string, unknown]) =>
        isDeepStrictEqual(Reflect.get(row, name), value);
      if (!Object.entries(unchanged).every(isUnchanged)) return undefined;
      const merged = Object.entries({ ...row, ...fields }).filter(([, value]) => value !== undefined);
      const updated = Object.fromEntries(merged) as Row;
      rowsOf(tenant).set(id, updated);
      return structuredClone(updated);
    },
    async remove(tenant, id) {
      return rowsOf(tenant).delete(id);
    },
  };
}
