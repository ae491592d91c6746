import type { Log, LogFields } from '../../shared/runtime/log.ts';

export interface LogLine extends LogFields {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** A log that keeps its lines for the test. */
export function collectLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const writer =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ ...fields, level, message });
    };
  return { lines, info: writer('info'), warn: writer('warn'), error: writer('error') };
}
