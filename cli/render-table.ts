import { toPrintable } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** One column: its head, what a row has there, and how that is painted. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly paint?: (text: string, row: Row) => string;
  /** Whether its texts are cut where the terminal is too narrow. */
  readonly isCut?: true;
}

const gap = '  ';
/** Less than this of a text tells nothing. */
const cutWidthMin = 16;

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1).toWellFormed()}…`;

/** Rows as lines, which fit the terminal as far as a column may be cut. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, columns: terminalWidth }: Pick<Terminal, 'paint' | 'columns'>,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => toPrintable(cell(row))));
  const wanted = columns.map(({ head }, index) =>
    Math.max(head.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const excess = wanted.reduce((sum, each) => sum + each + gap.length, -gap.length) - terminalWidth;
  const widths = wanted.map((width, index) =>
    columns[index]?.isCut === true && excess > 0
      ? Math.min(width, Math.max(cutWidthMin, width - excess))
      : width,
  );
  const fit = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    return index === columns.length - 1 ? cut(text, width) : cut(text, width).padEnd(width);
  };
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

/** A text that may have lines, such as what a script printed, one below the other. */
const renderText = (text: string, indent: number): string =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map(toPrintable)
    .join(`\n${' '.repeat(indent)}`);

/** The fields of one thing as lines. */
export function renderFields(
  fields: Readonly<Record<string, unknown>>,
  { paint }: Pick<Terminal, 'paint'>,
): string[] {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => {
    const text = typeof value === 'string' ? renderText(value, width + gap.length) : JSON.stringify(value);
    return `${paint.dim(name.padEnd(width))}${gap}${text}`.trimEnd();
  });
}
