/**
 * Milliseconds of the machine's monotonic clock. Every process of the machine reads the same one, so that an instant
 * taken in the load generator compares with one taken in the receiver; a correction of the wall clock moves nothing.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
