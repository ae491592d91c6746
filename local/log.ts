export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  /** The part of the stack that speaks: `stack`, a function's name, `task/<id>`. */
  readonly source: string;
  readonly message: string;
}

export type Log = (entry: LogEntry) => void;

/** The entry as one line of text. A function's own lines are JSON already and are kept as they are. */
export function formatLogEntry(entry: LogEntry, time: Date): string {
  const level = entry.level === 'info' ? '' : `${entry.level.toUpperCase()} `;
  return `${time.toISOString()} ${level}[${entry.source}] ${entry.message}`;
}
