import { toPrintable } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** One column: its head, what a row has there, and how that is painted. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly paint?: (text: string, row: Row) => string;
}

const gap = '  ';

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Rows as lines. The last column is cut to the terminal, so that a row stays a line. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, columns: width }: Pick<Terminal, 'paint' | 'columns'>,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => toPrintable(cell(row))));
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + gap.length, 0);
  const fit = (text: string, index: number): string =>
    index === columns.length - 1 ? cut(text, Math.max(10, width - before)) : text.padEnd(widths[index] ?? 0);
  const join = (line: readonly string[]): string => line.join(gap).trimEnd();
  return [
    join(columns.map(({ head }, index) => paint.dim(fit(head, index)))),
    ...rows.map((row, line) =>
      join(
        columns.map((column, index) => {
          const text = fit(cells[line]?.[index] ?? '', index);
          return column.paint === undefined ? text : column.paint(text, row);
        }),
      ),
    ),
  ];
}

/** The fields of one thing as lines. */
export function renderFields(
  fields: Readonly<Record<string, unknown>>,
  { paint }: Pick<Terminal, 'paint'>,
): string[] {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => {
    const text = typeof value === 'string' ? toPrintable(value) : JSON.stringify(value);
    return `${paint.dim(name.padEnd(width))}  ${text}`;
  });
}
