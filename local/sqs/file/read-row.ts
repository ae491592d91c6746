import type { SQLOutputValue } from 'node:sqlite';

export type Row = Readonly<Record<string, SQLOutputValue>>;

const unexpected = (row: Row, column: string, wanted: string): Error =>
  new Error(`Column ${column} of the queue file holds ${typeof row[column]}, expected ${wanted}.`);

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(row, column, 'text');
  return value;
}

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(row, column, 'an integer');
  return value;
}

export const textIfAny = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : textOf(row, column);

export const integerIfAny = (row: Row, column: string): number | undefined =>
  row[column] === null ? undefined : integerOf(row, column);
