import type { Metering } from './meter.ts';

/** Faults laid around what AWS does for a stack: its answers to clients, and what event sources do with queues. */
export type Faults = Pick<Metering, 'awsCalls' | 'polled'>;

/** Lays faults beneath a meter, which then sees the calls as AWS bills them: failed ones too. */
export function withFaults(metering: Metering, faults: Faults | undefined): Metering {
  if (faults === undefined) return metering;
  return {
    ...metering,
    awsCalls: (handle) => metering.awsCalls(faults.awsCalls(handle)),
    polled: (queues) => metering.polled(faults.polled(queues)),
  };
}
