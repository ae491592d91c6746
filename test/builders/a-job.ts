import { createJob } from '../../shared/job.ts';
import type { Job } from '../../shared/job.ts';
import { noon, noonMs } from './an-event.ts';

/** A replay that nobody has begun, of all that did not arrive at `wh_01` up to noon. */
export const aJob = (overrides: Partial<Job> = {}): Job => ({
  ...createJob(
    {
      tenant: 'default',
      endpointId: 'wh_01',
      selection: { until: noon, states: ['exhausted', 'refused', 'parked'] },
      ratePerSecond: 50,
    },
    noonMs,
  ),
  ...overrides,
});
