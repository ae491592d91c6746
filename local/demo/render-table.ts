import type { Arrival, Row } from './arrivals.ts';

const columns = ['EVENT', 'PUBLISH', 'WEBHOOK', 'HOOK SCRIPT'] as const;
const green = (text: string): string => `\u001B[32m${text}\u001B[39m`;
const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;
const dim = (text: string): string => `\u001B[2m${text}\u001B[22m`;

function renderArrival(arrival: Arrival | undefined): string {
  if (arrival === undefined) return '…';
  return `${arrival.ok ? '✓' : '✗'} ${arrival.text}`;
}

const cellsOf = (row: Row): string[] => [
  row.event,
  renderArrival(row.published),
  renderArrival(row.webhook),
  renderArrival(row.hook),
];

function paint(cell: string): string {
  if (cell.startsWith('✓')) return green(cell);
  if (cell.startsWith('✗')) return red(cell);
  return cell.startsWith('…') ? dim(cell) : cell;
}

/** The table as lines of text, with colours or without. */
export function renderTable(rows: readonly Row[], hasColours: boolean): string[] {
  const cells = [Array.from<string>(columns), ...rows.map(cellsOf)];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const padded = cell.padEnd(index === columns.length - 1 ? 0 : (widths[index] ?? 0));
        return hasColours ? paint(padded) : padded;
      })
      .join('  '),
  );
}
