import type { Selection } from '../file/table-rows.ts';
import type { Projection, Test } from '../request/read-expressions.ts';
import { attributeOf, type Item, parseItem } from '../values/attribute-value.ts';
import { itemBytes } from '../values/item-bytes.ts';
import { createPageBudget } from './page-budget.ts';
import { keyOf } from './row-columns.ts';
import type { Table } from './tables.ts';
import type { IndexSchema } from './table-schema.ts';

export interface PageWish {
  readonly table: Table;
  readonly index: IndexSchema | undefined;
  readonly selection: Selection;
  /** How many items to look at, before the filter. */
  readonly limit: number | undefined;
  /** Which items belong to the segment of a parallel scan; undefined: all. */
  readonly segment: Test | undefined;
  readonly filter: Test | undefined;
  readonly project: Projection | undefined;
  readonly countsOnly: boolean;
}

export interface Page {
  /** The items' JSON. */
  readonly texts: readonly string[];
  readonly count: number;
  readonly scannedCount: number;
  /** Where to go on; undefined when everything was read. */
  readonly lastKey: Item | undefined;
  /** The size of all that was looked at. */
  bytes(): number;
}

/** What readers of an index see of an item; undefined when that is all. */
function createView(index: IndexSchema | undefined): Projection | undefined {
  const projected = index?.projected;
  if (projected === undefined) return undefined;
  return (item) =>
    Object.fromEntries(
      [...projected].flatMap((name) => {
        const value = attributeOf(item, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
}

/** Reads up to `limit` items or 1 MB, the item that crosses it included. */
export function readPage(wish: PageWish): Page {
  const { table, index, selection, limit, segment, filter, project, countsOnly } = wish;
  const view = createView(index);
  const seen = (text: string): Item => {
    const item = parseItem(text);
    return view === undefined ? item : view(item);
  };
  const budget = createPageBudget((text) => itemBytes(seen(text)));
  const isParsed = filter !== undefined || (!countsOnly && (view !== undefined || project !== undefined));
  const texts: string[] = [];
  let count = 0;
  let scannedCount = 0;
  let last: string | undefined;
  for (const text of table.rows.select(selection)) {
    if (segment !== undefined && !segment(parseItem(text))) continue;
    scannedCount += 1;
    budget.add(text);
    const item = isParsed ? seen(text) : undefined;
    if (filter === undefined || (item !== undefined && filter(item))) {
      count += 1;
      const isAsStored = item === undefined || (view === undefined && project === undefined);
      if (!countsOnly) {
        texts.push(isAsStored ? text : JSON.stringify(project === undefined ? item : project(item)));
      }
    }
    if (scannedCount === limit || budget.isFull()) {
      last = text;
      break;
    }
  }
  const lastKey = last === undefined ? undefined : keyOf(table.schema, index, parseItem(last));
  return { texts, count, scannedCount, lastKey, bytes: budget.bytes };
}
