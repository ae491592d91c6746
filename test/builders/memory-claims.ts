import type { LiveClaims } from '../../shared/aws/live-claims.ts';

/** Claims as the table keeps them: one set of ids per connection. */
export function memoryClaims(): LiveClaims {
  const told = new Map<string, Set<string>>();
  return {
    async claim({ connection_id }, ids) {
      const before = told.get(connection_id) ?? new Set<string>();
      told.set(connection_id, new Set([...before, ...ids]));
      return new Set(ids.filter((id) => !before.has(id)));
    },
    async release({ connection_id }, ids) {
      for (const id of ids) told.get(connection_id)?.delete(id);
    },
  };
}
