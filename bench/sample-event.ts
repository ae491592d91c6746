import { catalog } from '../shared/catalog.ts';

/** The event that most benchmarks publish, with the catalog's own sample as its payload. */
export const sampleEventName = 'subtitle_downloaded';
const sample = catalog[sampleEventName].sample;

/**
 * The payload of the nth event of a group. Events have no id of their own, as most publishers': the receiver reads
 * the number, which keeps what it remembers of a delivery to nine bytes.
 */
export const dataOf = (number: number) => ({ bench_number: number, ...sample });

const marker = '"bench_number":';

/** The number of the event whose rendered body begins with this chunk; NaN when there is none in it. */
export function readNumber(chunk: Buffer): number {
  const at = chunk.indexOf(marker);
  return at < 0
    ? Number.NaN
    : Number.parseInt(chunk.toString('latin1', at + marker.length, at + marker.length + 12), 10);
}
