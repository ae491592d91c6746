import { parseItem } from '../values/attribute-value.ts';
import { itemKey } from './row-columns.ts';
import { findTable, type Tables } from './tables.ts';

// Of older times DynamoDB takes it that they are none.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
const ageSecondsMax = 5 * 365 * 24 * 60 * 60;

/** Deletes up to `countMax` rows whose time to live is over, and answers how many. */
export function removeExpired(tables: Tables, tableName: string, now: Date, countMax: number): number {
  const { schema, rows } = findTable(tables, tableName);
  const to = Math.floor(now.getTime() / 1_000);
  return tables.transaction(() => {
    const expired = rows.expired({ from: to - ageSecondsMax, to }, countMax);
    for (const text of expired) rows.remove(itemKey(schema, parseItem(text)));
    return expired.length;
  });
}
