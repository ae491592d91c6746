import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions } from '../cdk/bundle-functions.ts';
import { type Aim, defineBenchmark } from './benchmark.ts';
import { environmentFor, readVariableNames } from './cold-start-environment.ts';
import { startOnce } from './cold-start-process.ts';
import { percentile } from './percentiles.ts';
import type { Progress } from './progress.ts';
import { formatNumber, renderTable } from './table.ts';

const rounds = 15;
const aimMs = 60;
const aimKilobytes = 600;
/** Somebody waits for these. */
const requestPath = ['authorize', 'publish-events'];
const emptyHandler = 'export const handler = async () => undefined;\n';

interface Start {
  readonly name: string;
  readonly kilobytes: number;
  /** From the start of a fresh process until the handler could be called; undefined for the container. */
  readonly ms: number | undefined;
  /** Nine of ten starts took no longer. */
  readonly p90Ms: number | undefined;
  /** Over the empty handler. */
  readonly addedMs: number | undefined;
}

interface ColdStart {
  readonly rounds: number;
  readonly emptyMs: number;
  readonly starts: readonly Start[];
}

interface Candidate {
  readonly name: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '..');

const isContainer = (directory: string): Promise<boolean> =>
  stat(join(directory, 'Dockerfile')).then(
    () => true,
    () => false,
  );

/** Runs all candidates in turn, round by round, so that what else the machine does falls on all alike. */
async function startInTurn(
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    progress.update(`cold-start: round ${round} of ${rounds}`);
    for (const { name, directory, environment } of candidates) {
      const ms = await startOnce(pathToFileURL(join(directory, 'index.mjs')), environment);
      // The first round reads from the disk what all others have in memory.
      if (round > 0) times.get(name)?.push(ms);
    }
  }
  return times;
}

const sorted = (times: readonly number[]): number[] => [...times].sort((one, other) => one - other);

async function measure(progress: Progress): Promise<ColdStart> {
  const outdir = mkdtempSync(join(tmpdir(), 'cold-start-'));
  try {
    progress.update('cold-start: bundling');
    const bundles = await bundleFunctions({ root, outdir });
    const emptyDirectory = join(outdir, 'empty');
    await mkdir(emptyDirectory);
    await writeFile(join(emptyDirectory, 'index.mjs'), emptyHandler);
    const names = Object.keys(bundles).sort();
    const containers = new Set<string>();
    const candidates: Candidate[] = [{ name: '', directory: emptyDirectory, environment: {} }];
    for (const name of names) {
      const directory = bundles[name] ?? '';
      if (await isContainer(directory)) containers.add(name);
      else candidates.push({ name, directory, environment: environmentFor(await readVariableNames(name)) });
    }
    const times = await startInTurn(candidates, progress);
    const emptyMs = percentile(sorted(times.get('') ?? []), 0.5);
    const starts = await Promise.all(
      names.map(async (name): Promise<Start> => {
        const { length } = await readFile(join(bundles[name] ?? '', 'index.mjs'));
        const kilobytes = length / 1024;
        if (containers.has(name)) {
          return { name, kilobytes, ms: undefined, p90Ms: undefined, addedMs: undefined };
        }
        const own = sorted(times.get(name) ?? []);
        const ms = percentile(own, 0.5);
        return { name, kilobytes, ms, p90Ms: percentile(own, 0.9), addedMs: ms - emptyMs };
      }),
    );
    return { rounds, emptyMs, starts };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function sizeAim(starts: readonly Start[]): Aim {
  const tooLarge = starts.filter(({ kilobytes }) => kilobytes >= aimKilobytes);
  const named = tooLarge.map(({ name, kilobytes }) => `${name} has ${Math.round(kilobytes)}`).join(', ');
  return {
    text: `every bundle under ${aimKilobytes} KB${named === '' ? '' : `: ${named}`}`,
    met: tooLarge.length === 0,
  };
}

/** How large each bundle is, and how long a fresh process takes until its handler is ready. */
export const coldStart = defineBenchmark<ColdStart>({
  name: 'cold-start',
  title: 'Cold start: KB of each bundle and ms until its handler is ready',
  run: ({ progress }) => measure(progress),
  render: ({ rounds, emptyMs, starts }) => [
    `Medians of ${rounds} fresh processes, all bundles in turn; an empty handler takes ${formatNumber(emptyMs)} ms.`,
    '',
    ...renderTable(
      ['bundle', 'KB', 'ms', 'p90 ms', 'added ms'],
      starts.map(({ name, kilobytes, ms, p90Ms, addedMs }) => [
        name,
        Math.round(kilobytes),
        ms,
        p90Ms,
        addedMs,
      ]),
    ),
  ],
  aims: ({ starts }) => [
    ...starts
      .filter(({ name }) => requestPath.includes(name))
      .map(({ name, addedMs = Number.POSITIVE_INFINITY }) => ({
        text: `${name} adds ${formatNumber(addedMs)} ms to an empty handler, at most ${aimMs}`,
        met: addedMs <= aimMs,
      })),
    sizeAim(starts),
  ],
});
