import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Api, createdSchema } from './api.ts';
import { type BenchContext, defineBenchmark } from './benchmark.ts';
import { keepWithParent } from './child-processes.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { publishAll } from './publish.ts';
import { sampleEventName } from './sample-event.ts';
import type { StackProcess } from './stack-process.ts';
import { renderTable } from './table.ts';
import { readTreeCpuMs } from './tree-cpu.ts';
import { withStack } from './with-parts.ts';

interface Row {
  readonly concurrency: number;
  readonly runsPerSecond: number;
  readonly spawnsPerSecond: number;
  /** Runs over bare spawns. */
  readonly ratio: number;
  /** Of the stack, the worker and the scripts together; undefined where the system does not tell. */
  readonly cpuMsPerRun: number | undefined;
  /** Of the bare loop and its scripts. */
  readonly cpuMsPerSpawn: number | undefined;
  readonly runs: number;
  readonly lost: number;
}

const concurrencies = [1, 8, 16];
const warmUp = 500;
const runs = 3_000;
const waitMs = 120_000;
const pollMs = 100;
/** What the original reaches of its spawn ceiling. */
const ratioOfOriginal = 0.87;
const script = '#!/bin/sh\nexit 0\n';

const spawnedSchema = z.object({ seconds: z.number().positive(), cpu_ms: z.number().optional() });
const countedSchema = z.object({ trigger_count: z.int() });

interface Speed {
  readonly perSecond: number;
  readonly cpuMsEach: number | undefined;
}

async function measureSpawns(concurrency: number): Promise<Speed> {
  const folder = mkdtempSync(join(tmpdir(), 'sublarr-events-bench-'));
  try {
    const file = join(folder, 'script');
    writeFileSync(file, script, { mode: 0o755 });
    const child = keepWithParent(
      spawn(
        process.execPath,
        [join(import.meta.dirname, 'spawn-loop.ts'), file, String(concurrency), String(warmUp), String(runs)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ),
    );
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (code !== 0) throw new Error(`The spawn loop ended with code ${String(code)}`);
    const { seconds, cpu_ms: cpuMs } = spawnedSchema.parse(JSON.parse(output));
    return { perSecond: runs / seconds, cpuMsEach: cpuMs === undefined ? undefined : cpuMs / runs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Sample {
  readonly atMs: number;
  readonly count: number;
  readonly cpuMs: number | undefined;
}

/** Watches a hook's counter until it reaches `count`: a script that does nothing else tells nobody. */
async function watchRuns(
  { pid }: StackProcess,
  api: Api,
  hookId: string,
  count: number,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const giveUpAt = monotonicMs() + waitMs;
  for (;;) {
    const { trigger_count } = countedSchema.parse(await api.send('GET', `/api/v1/hooks/${hookId}`));
    samples.push({ atMs: monotonicMs(), count: trigger_count, cpuMs: readTreeCpuMs(pid) });
    if (trigger_count >= count || monotonicMs() > giveUpAt) return samples;
    await delay(pollMs);
  }
}

/** The speed between the first sample after the warm-up and the last run. */
function speedOf(samples: readonly Sample[]): Speed {
  const first = samples.find(({ count }) => count >= warmUp);
  const last = samples.find(({ count }) => count === samples.at(-1)?.count);
  if (first === undefined || last === undefined || last.count === first.count) {
    return { perSecond: 0, cpuMsEach: undefined };
  }
  const count = last.count - first.count;
  return {
    perSecond: (count * 1000) / (last.atMs - first.atMs),
    cpuMsEach:
      first.cpuMs === undefined || last.cpuMs === undefined ? undefined : (last.cpuMs - first.cpuMs) / count,
  };
}

async function measureRuns(context: BenchContext, concurrency: number): Promise<Speed & Pick<Row, 'lost'>> {
  return withStack(
    {
      storage: 'disk',
      entry: join(import.meta.dirname, 'stack-with-concurrency.ts'),
      environment: { BENCH_RUN_CONCURRENCY: String(concurrency) },
      profileDir: context.profileDir,
    },
    async (stack, api) => {
      await api.send('PUT', '/api/v1/scripts/nothing.sh', script);
      const { id } = createdSchema.parse(
        await api.send('POST', '/api/v1/hooks', {
          name: 'nothing',
          event_name: sampleEventName,
          script: 'nothing.sh',
        }),
      );
      // All at once: the queue is full while the clock runs, so that only the worker's own speed counts.
      await publishAll(api, { first: 0, count: warmUp + runs, perRequest: 10 });
      const samples = await watchRuns(stack, api, id, warmUp + runs);
      return { ...speedOf(samples), lost: warmUp + runs - (samples.at(-1)?.count ?? 0) };
    },
  );
}

/** The mean of what was measured before and after: a machine does not stay as fast as it was. */
const meanOf = (before: Speed, after: Speed): Speed => ({
  perSecond: (before.perSecond + after.perSecond) / 2,
  cpuMsEach:
    before.cpuMsEach === undefined || after.cpuMsEach === undefined
      ? undefined
      : (before.cpuMsEach + after.cpuMsEach) / 2,
});

async function run(context: BenchContext): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const concurrency of concurrencies) {
    context.progress.update(`hooks: bare spawns, ${concurrency} at a time`);
    const before = await measureSpawns(concurrency);
    context.progress.update(`hooks: ${runs} runs, ${concurrency} at a time`);
    const { lost, ...speed } = await measureRuns(context, concurrency);
    context.progress.update(`hooks: bare spawns again, ${concurrency} at a time`);
    const ceiling = meanOf(before, await measureSpawns(concurrency));
    rows.push({
      concurrency,
      runsPerSecond: speed.perSecond,
      spawnsPerSecond: ceiling.perSecond,
      ratio: speed.perSecond / ceiling.perSecond,
      cpuMsPerRun: speed.cpuMsEach,
      cpuMsPerSpawn: ceiling.cpuMsEach,
      runs,
      lost,
    });
  }
  return rows;
}

export const hooks = defineBenchmark<readonly Row[]>({
  name: 'hooks',
  title: `Hooks: ${runs} runs of a script that ends at once, beside bare spawns of it`,
  run,
  render: (rows) =>
    renderTable(
      ['at a time', 'of ceiling', 'runs/s', 'CPU ms each', 'ceiling: spawns/s', 'CPU ms each', 'lost'],
      rows.map((row) => [
        String(row.concurrency),
        row.ratio,
        row.runsPerSecond,
        row.cpuMsPerRun,
        row.spawnsPerSecond,
        row.cpuMsPerSpawn,
        row.lost,
      ]),
    ),
  aims: (rows) => [
    {
      text: `as near to the ceiling as the original (${ratioOfOriginal}) at 8 at a time`,
      met: (rows.find(({ concurrency }) => concurrency === 8)?.ratio ?? 0) >= ratioOfOriginal,
    },
    { text: 'nothing lost', met: rows.every(({ lost }) => lost === 0) },
  ],
});
