import * as z from 'zod';

/** A point in time of a request, read into ISO 8601 in UTC with milliseconds, as the ledger's keys have it. */
export const instantSchema = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-22T09:30:00Z' })
  .transform((text) => new Date(text).toISOString());
