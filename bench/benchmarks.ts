import type { Benchmark } from './benchmark.ts';
import { coldStart } from './cold-start.ts';
import { cost } from './cost/cost.ts';
import { fanOut } from './fan-out.ts';
import { hooks } from './hooks.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { soak } from './soak.ts';
import { throughput } from './throughput.ts';

/** Every benchmark, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  throughput,
  latency,
  isolation,
  fanOut,
  hooks,
  coldStart,
  cost,
  soak,
];
