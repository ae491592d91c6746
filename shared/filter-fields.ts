import * as z from 'zod';
import { compilePattern, EventPatternError } from './event-pattern.ts';
import type { EventPattern } from './event-pattern.ts';
import { filterBytesMax } from './limits.ts';

/**
 * What a filter may ask for: the body that receivers get, and the event's id. A pattern that names anything else could
 * never match.
 */
const filteredFields = ['id', 'event_name', 'version', 'timestamp', 'data'] as const;

/** Compiles a filter. Throws EventPatternError. */
export const compileFilter = (filter: unknown): EventPattern =>
  compilePattern(filter, { knownFields: filteredFields });

/** A filter of a request, read to the JSON text that is stored. */
export const filterSchema = z
  .unknown()
  .superRefine((filter, context) => {
    if (filter === undefined) {
      context.addIssue({ code: 'custom', message: 'is missing: give an event pattern' });
      return;
    }
    const bytes = Buffer.byteLength(JSON.stringify(filter));
    if (bytes > filterBytesMax) {
      context.addIssue({
        code: 'custom',
        message: `has ${bytes} bytes as JSON; at most ${filterBytesMax} are taken`,
      });
      return;
    }
    try {
      compileFilter(filter);
    } catch (error) {
      if (!(error instanceof EventPatternError)) throw error;
      context.addIssue({ code: 'custom', path: [...error.path], message: error.problem });
    }
  })
  .transform((filter) => JSON.stringify(filter));

/** The stored filter as the API answers it: the pattern, or null. */
export const viewFilter = (filter: string | undefined): unknown =>
  filter === undefined ? null : JSON.parse(filter);
