import { eventNames, publishableEventNames } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';

/** What came of one event at one of the two endpoints. */
export interface Arrival {
  readonly ok: boolean;
  readonly text: string;
}

/** One row of the table: an event, what the API said, and what arrived where. */
export interface Row {
  readonly event: EventName;
  readonly published: Arrival | undefined;
  readonly webhook: Arrival | undefined;
  readonly hook: Arrival | undefined;
}

type Column = 'published' | 'webhook' | 'hook';

/** What the demo has seen so far. */
export interface Arrivals {
  readonly rows: () => readonly Row[];
  readonly record: (event: EventName, column: Column, arrival: Arrival) => void;
  /** Whether everything that should arrive did, well or not. */
  readonly isComplete: () => boolean;
  /** What went wrong, a line each; empty when nothing did. */
  readonly problems: () => readonly string[];
}

export function createArrivals(onChange: () => void): Arrivals {
  const rows = new Map<EventName, Row>(
    eventNames.map((event) => [event, { event, published: undefined, webhook: undefined, hook: undefined }]),
  );
  const extra: string[] = [];
  const expected = publishableEventNames.flatMap((event) => rows.get(event)?.event ?? []);
  const seen = (event: EventName): Row | undefined => rows.get(event);

  return {
    rows: () => [...rows.values()],
    record: (event, column, arrival) => {
      const row = rows.get(event);
      if (row === undefined) return;
      if (row[column] !== undefined) extra.push(`${event} came twice (${column})`);
      if (column !== 'published' && !expected.includes(event)) extra.push(`${event} triggered a ${column}`);
      rows.set(event, { ...row, [column]: arrival });
      onChange();
    },
    isComplete: () =>
      expected.every((event) => seen(event)?.webhook !== undefined && seen(event)?.hook !== undefined),
    problems: () => [
      ...extra,
      ...[...rows.values()].flatMap((row) => {
        const columns: readonly Column[] = expected.includes(row.event)
          ? ['published', 'webhook', 'hook']
          : ['published'];
        return columns.flatMap((column) => {
          const arrival = row[column];
          if (arrival === undefined) return `${row.event}: nothing came (${column})`;
          return arrival.ok ? [] : `${row.event}: ${arrival.text} (${column})`;
        });
      }),
    ],
  };
}
