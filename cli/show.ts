import type { Context } from './command.ts';
import { noteMore } from './list-options.ts';
import { renderFields, renderTable } from './render-table.ts';
import type { Column } from './render-table.ts';

/** Shows a list, and that it goes on: as a table, or the answer as JSON. */
export function showList<Row>(
  { terminal, isJson }: Pick<Context, 'terminal' | 'isJson'>,
  answer: object,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  if (isJson) {
    terminal.printJson(answer);
    return;
  }
  if (rows.length === 0) terminal.note('There are none.');
  else for (const line of renderTable(rows, columns, terminal)) terminal.print(line);
  const next: unknown = Reflect.get(answer, 'next_cursor');
  if (typeof next === 'string') noteMore(terminal, next);
}

/** Shows one thing: its fields, or the answer as JSON. */
export function showOne(
  { terminal, isJson }: Pick<Context, 'terminal' | 'isJson'>,
  fields: Readonly<Record<string, unknown>>,
): void {
  if (isJson) terminal.printJson(fields);
  else for (const line of renderFields(fields, terminal)) terminal.print(line);
}

/** Says that something was done, where nobody asked for JSON. */
export function showDone({ terminal, isJson }: Pick<Context, 'terminal' | 'isJson'>, text: string): void {
  if (!isJson) terminal.print(text);
}
