import type { Options } from './command.ts';
import { readNumber } from './read-data.ts';
import type { Terminal } from './terminal.ts';

/** What every list takes. */
export const listOptions = {
  limit: { type: 'string', value: 'N', help: 'rows at most, 50 unless told, up to 200' },
  cursor: { type: 'string', value: 'CURSOR', help: 'goes on where a list ended' },
} as const satisfies Options;

/** A range of time, by when events were published. */
export const rangeOptions = {
  since: { type: 'string', value: 'TIME', help: 'published then or later, such as 2026-11-22T09:30:00Z' },
  until: { type: 'string', value: 'TIME', help: 'published then or before' },
} as const satisfies Options;

/** The query of the options that every list takes. Throws `UsageError`. */
export const readPage = (values: {
  readonly limit?: string | undefined;
  readonly cursor?: string | undefined;
}) => ({
  limit: readNumber(values.limit, '--limit'),
  cursor: values.cursor,
});

/** Says that there is more, and how to get it. */
export function noteMore({ note }: Terminal, nextCursor: string | null): void {
  if (nextCursor !== null) note(`There is more: --cursor ${nextCursor}`);
}
