import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly names: readonly string[];
  readonly minutes: number;
  readonly profileDir: string | undefined;
}

export type ReadBenchOptions =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string };

const minutesDefault = 10;
const minutesMax = 24 * 60;

const known = {
  minutes: { type: 'string', default: String(minutesDefault) },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: known, strict: true, allowPositionals: true });

/** Reads the command line (without node and script). No name means every benchmark of `all`. */
export function readBenchOptions(args: readonly string[], all: readonly string[]): ReadBenchOptions {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return { kind: 'invalid', problem: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  const unknown = positionals.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    return { kind: 'invalid', problem: `There is no benchmark "${unknown}"; there are: ${all.join(', ')}.` };
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= minutesMax)) {
    return {
      kind: 'invalid',
      problem: `--minutes must be a number above 0 and up to ${minutesMax}, not ${JSON.stringify(values.minutes)}.`,
    };
  }
  return {
    kind: 'run',
    options: {
      names: positionals.length === 0 ? all : all.filter((name) => positionals.includes(name)),
      minutes,
      profileDir: values.profile,
    },
  };
}
