import type { Progress } from './progress.ts';

/** Something the figures should show. */
export interface Aim {
  readonly text: string;
  readonly met: boolean;
}

/** What a benchmark may use of its surroundings. */
export interface BenchContext {
  readonly progress: Progress;
  /** Minutes that the soak lasts. */
  readonly minutes: number;
  /** Where the stack's CPU profiles are written; undefined: none are made. */
  readonly profileDir: string | undefined;
}

/** What a benchmark found: figures for `results.json`, lines for people, and what they say of the aims. */
export interface Report {
  readonly result: unknown;
  readonly lines: readonly string[];
  readonly aims: readonly Aim[];
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  measure(context: BenchContext): Promise<Report>;
}

/** A benchmark from its parts: what it measures, how that reads, and what it says of the aims. */
export function defineBenchmark<Result>(parts: {
  readonly name: string;
  readonly title: string;
  readonly run: (context: BenchContext) => Promise<Result>;
  readonly render: (result: Result) => readonly string[];
  readonly aims: (result: Result) => readonly Aim[];
}): Benchmark {
  return {
    name: parts.name,
    title: parts.title,
    measure: async (context) => {
      const result = await parts.run(context);
      return { result, lines: parts.render(result), aims: parts.aims(result) };
    },
  };
}
