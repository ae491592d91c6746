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
import { renderTable } from './table.ts';
import { withStack } from './with-parts.ts';

interface Row {
  readonly concurrency: number;
  readonly runsPerSecond: number;
  readonly spawnsPerSecond: number;
  /** Runs over bare spawns. */
  readonly ratio: number;
  readonly runs: number;
  readonly lost: number;
}

const concurrencies = [1, 8, 16];
const warmUp = 100;
const runs = 1_000;
const waitMs = 120_000;
const pollMs = 100;
/** What the original reaches of its spawn ceiling. */
const ratioOfOriginal = 0.87;
const script = '#!/bin/sh\nexit 0\n';

const spawnedSchema = z.object({ seconds: z.number().positive() });
const countedSchema = z.object({ trigger_count: z.int() });

async function measureSpawns(concurrency: number): Promise<number> {
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
    return runs / spawnedSchema.parse(JSON.parse(output)).seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Sample {
  readonly atMs: number;
  readonly count: number;
}

/** Watches a hook's counter until it reaches `count`: a script that does nothing else tells nobody. */
async function watchRuns(api: Api, hookId: string, count: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const giveUpAt = monotonicMs() + waitMs;
  for (;;) {
    const { trigger_count } = countedSchema.parse(await api.send('GET', `/api/v1/hooks/${hookId}`));
    samples.push({ atMs: monotonicMs(), count: trigger_count });
    if (trigger_count >= count || monotonicMs() > giveUpAt) return samples;
    await delay(pollMs);
  }
}

/** Runs per second between the first sample after the warm-up and the last one. */
function rateOf(samples: readonly Sample[]): number {
  const first = samples.find(({ count }) => count >= warmUp);
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.count === first.count) return 0;
  const reached = samples.find(({ count }) => count === last.count) ?? last;
  return ((reached.count - first.count) * 1000) / (reached.atMs - first.atMs);
}

async function measureRuns(
  context: BenchContext,
  concurrency: number,
): Promise<Pick<Row, 'runsPerSecond' | 'lost'>> {
  return withStack(
    {
      storage: 'disk',
      entry: join(import.meta.dirname, 'stack-with-concurrency.ts'),
      environment: { BENCH_RUN_CONCURRENCY: String(concurrency) },
      profileDir: context.profileDir,
    },
    async (_, api) => {
      await api.send('PUT', '/api/v1/scripts/nothing.sh', script);
      const { id } = createdSchema.parse(
        await api.send('POST', '/api/v1/hooks', {
          name: 'nothing',
          event_name: sampleEventName,
          script: 'nothing.sh',
        }),
      );
      // All at once: the queue is full while the clock runs, so that only the worker's own speed counts.
      await publishAll(api, { group: 'hooks', first: 0, count: warmUp + runs, perRequest: 10 });
      const samples = await watchRuns(api, id, warmUp + runs);
      return { runsPerSecond: rateOf(samples), lost: warmUp + runs - (samples.at(-1)?.count ?? 0) };
    },
  );
}

async function run(context: BenchContext): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const concurrency of concurrencies) {
    context.progress.update(`hooks: bare spawns, ${concurrency} at a time`);
    const spawnsPerSecond = await measureSpawns(concurrency);
    context.progress.update(`hooks: ${runs} runs, ${concurrency} at a time`);
    const { runsPerSecond, lost } = await measureRuns(context, concurrency);
    rows.push({
      concurrency,
      runsPerSecond,
      spawnsPerSecond,
      ratio: runsPerSecond / spawnsPerSecond,
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
      ['at a time', 'of ceiling', 'runs/s', 'ceiling: spawns/s', 'lost'],
      rows.map(({ concurrency, ratio, runsPerSecond, spawnsPerSecond, lost }) => [
        String(concurrency),
        ratio,
        runsPerSecond,
        spawnsPerSecond,
        lost,
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
