import { join, resolve } from 'node:path';
import { assertNever } from '../shared/assert-never.ts';
import type { Aim } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { describeMachine } from './machine.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { createProgress } from './progress.ts';
import { type BenchOptions, readBenchOptions } from './read-options.ts';
import { saveMeasurement } from './results-file.ts';

const resultsFile = join(import.meta.dirname, 'results.json');

const help = `Measures the local stack on this machine and writes bench/results.json.

  npm run bench -- [options] [NAME …]

${benchmarks.map(({ name, title }) => `  ${name.padEnd(12)}${title}`).join('\n')}

  --minutes N    how long the soak lasts (10)
  --profile DIR  write a CPU profile of each stack into this folder
  --help         this text
`;

const mark = ({ text, met }: Aim): string => `  ${met ? 'met   ' : 'MISSED'}  ${text}`;

async function runBenchmarks({ names, minutes, profileDir }: BenchOptions): Promise<void> {
  const machine = describeMachine();
  const { stdout } = process;
  stdout.write(
    `${machine.cores} cores, ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}, Node ${process.versions.node}\n`,
  );
  const progress = createProgress(process.stderr, monotonicMs);
  const context = {
    progress,
    minutes,
    profileDir: profileDir === undefined ? undefined : resolve(profileDir),
  };
  for (const benchmark of benchmarks.filter(({ name }) => names.includes(name))) {
    const startedAt = monotonicMs();
    const { result, lines, aims } = await benchmark.measure(context);
    progress.clear();
    stdout.write(`\n${benchmark.title}\n\n${[...lines, '', ...aims.map(mark)].join('\n')}\n`);
    saveMeasurement(resultsFile, benchmark.name, {
      measured_at: new Date().toISOString(),
      node: process.versions.node,
      machine,
      seconds: (monotonicMs() - startedAt) / 1000,
      aims,
      result,
    });
  }
}

const usageError = 2;
const command = readBenchOptions(
  process.argv.slice(2),
  benchmarks.map(({ name }) => name),
);
switch (command.kind) {
  case 'help':
    process.stdout.write(help);
    break;
  case 'invalid':
    process.stderr.write(`bench: ${command.problem} Try --help.\n`);
    process.exitCode = usageError;
    break;
  case 'run':
    await runBenchmarks(command.options);
    break;
  default:
    assertNever(command);
}
