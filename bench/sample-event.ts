import { catalog } from '../shared/catalog.ts';

/** The event that most benchmarks publish, with the catalog's own sample as its payload. */
export const sampleEventName = 'subtitle_downloaded';
export const sampleData = catalog[sampleEventName].sample;

/**
 * The id of the nth event of a group. The receiver reads the number from it, which keeps what it remembers of a
 * delivery to nine bytes.
 */
export const eventIdOf = (group: string, number: number): string => `${group}-${number}`;
