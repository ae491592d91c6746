import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { eventFileVariable } from '../../shared/hook-run-environment.ts';
import type { RunResult } from '../../shared/hook-run-outcome.ts';
import { createOutput } from './keep-output.ts';
import type { Output } from './keep-output.ts';
import { endGroup, endProcessesIn } from './end-processes.ts';
import { createExposeToMemoryKiller } from './expose-to-memory-killer.ts';
import { explainSpawnError, isBusyFile, isFullDisk } from './explain-spawn-error.ts';
import { watchLeftFiles } from './left-files.ts';
import { createOpenPipe } from './open-pipe.ts';
import { openRunFolders } from './run-folders.ts';
import type { Owner } from './run-folders.ts';
import { openInput, writeOwned } from './run-input.ts';
import type { ScriptFile } from './store-script.ts';
import { waitForEnd } from './wait-for-end.ts';

/** One run of a script. */
export interface ScriptRun {
  readonly script: ScriptFile;
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from its standard input. */
  readonly input: string;
  /** What the file has that `SUBLARR_EVENT_FILE` names. */
  readonly data: string;
  readonly timeoutSeconds: number;
  /** Which place it takes; no two runs at a time share one on a machine. */
  readonly slot: number;
  /** Ends the script before its time. */
  readonly signal: AbortSignal;
}

export type RunScript = (run: ScriptRun) => Promise<RunResult>;

/**
 * Scripts of a root runner run as user and group of this number plus their slot, which is another one in each worker
 * of a machine. No distribution gives these out:
 * https://systemd.io/UIDS-GIDS/
 */
const userIdFirst = 60_800;

const startsMax = 10;
const busyPauseMs = 20;
/** In less time than this no machine gives out all of its process ids, of which there are 32 768 at the least. */
const idsLastMs = 1_000;
/** How long output may stay open after everything that could write to it was ended. */
const closeGraceMs = 1_000;

/** Another user for every slot, who can read neither the runner's environment nor another script's files. */
export const ownerOf = (slot: number): Owner | undefined =>
  process.getuid?.() === 0 ? { uid: userIdFirst + slot, gid: userIdFirst + slot } : undefined;

/** Answers once the kernel runs the script; throws the error that it refused with. */
async function start(
  { script, environment }: ScriptRun,
  eventFile: string,
  cwd: string,
  stdio: number[],
  owner: Owner | undefined,
  expose: ReturnType<typeof createExposeToMemoryKiller>,
): Promise<ChildProcess> {
  for (let starts = 1; ; starts++) {
    try {
      const child = expose(() =>
        spawn(script.file, [], {
          cwd,
          // What programs leave in these goes with the folder.
          env: { ...environment, HOME: cwd, TMPDIR: cwd, [eventFileVariable]: eventFile },
          stdio,
          // A session and process group of its own, which a timeout ends as a whole.
          detached: true,
          ...owner,
        }),
      );
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if (!isBusyFile(error) || starts >= startsMax) throw error;
      await delay(busyPauseMs);
    }
  }
}

async function waitForClose(streams: readonly Readable[]): Promise<void> {
  const closed = streams.map(
    (stream) =>
      new Promise<void>((resolve) => {
        if (stream.closed) resolve();
        else stream.once('close', resolve);
      }),
  );
  const grace = new AbortController();
  const graceOver = delay(closeGraceMs, undefined, { signal: grace.signal }).catch(() => undefined);
  await Promise.race([Promise.all(closed), graceOver]);
  grace.abort();
  for (const stream of streams) stream.destroy();
}

/**
 * Makes a function that runs scripts without a shell, each in a process group and a folder of its own under
 * `folders.runs`. However a run ends, nothing of it is left: its group is killed, and so is who left the group but not
 * the folder. Throws when the machine cannot start another process.
 * @param folders.pipes for what carries input and output
 */
export function createRunScript(
  folders: { readonly runs: string; readonly pipes: string },
  now: () => number,
): RunScript {
  const openPipe = createOpenPipe(folders.pipes);
  const runFolders = openRunFolders(folders.runs);
  const leftFiles = watchLeftFiles();
  const expose = createExposeToMemoryKiller();

  const runIn = async (runFolder: string, run: ScriptRun, owner: Owner | undefined): Promise<RunResult> => {
    const stdio: number[] = [];
    const streams: Readable[] = [];
    const open = async (): Promise<Output> => {
      const output = createOutput();
      const { writeFd, stream } = await openPipe(owner, output.add);
      stdio.push(writeFd);
      streams.push(stream);
      return output;
    };
    const startedAt = now();
    const place = `${process.pid}-${run.slot}`;
    const eventFile = join(folders.pipes, `event-${place}.json`);
    let child: ChildProcess;
    let stdout: Output;
    let stderr: Output;
    try {
      stdout = await open();
      stderr = await open();
      stdio.unshift(openInput(join(folders.pipes, `input-${place}`), run.input, owner));
      writeOwned(eventFile, run.data, owner);
      child = await start(run, eventFile, runFolder, stdio, owner, expose);
    } catch (error) {
      for (const stream of streams) stream.destroy();
      rmSync(eventFile, { force: true });
      // For whoever comes next: this run is not to blame, and comes back.
      if (isFullDisk(error)) leftFiles.clear();
      const problem = explainSpawnError(error, run.script);
      return { kind: 'not_started', problem, ...noOutput, durationMs: now() - startedAt };
    } finally {
      for (const fd of stdio) closeSync(fd);
    }
    const end = await waitForEnd(child, run);
    const durationMs = now() - startedAt;
    endGroup(child);
    await endProcessesIn(runFolder, {
      uid: owner?.uid,
      youngerThan: durationMs < idsLastMs ? child.pid : undefined,
    });
    rmSync(eventFile, { force: true });
    await waitForClose(streams);
    return { ...end, stdout: stdout.bytes(), stderr: stderr.bytes(), durationMs };
  };

  return async (run) => {
    if (run.signal.aborted) return { kind: 'stopped', ...noOutput, durationMs: 0 };
    const owner = ownerOf(run.slot);
    const runFolder = runFolders.take(run.slot, owner);
    if (owner !== undefined) leftFiles.begin(owner.uid);
    try {
      return await runIn(runFolder, run, owner);
    } finally {
      await runFolders.giveBack(run.slot, runFolder);
      if (owner !== undefined) leftFiles.end(owner.uid);
    }
  };
}

const noOutput = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
