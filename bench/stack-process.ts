import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { endChild, keepWithParent } from './child-processes.ts';

const root = join(import.meta.dirname, '..');
// On the disk of the repository: /tmp is memory on many systems, and what is durable must cost what durable costs.
const workRoot = join(root, 'node_modules', '.cache', 'sublarr-events-bench');
const startMsMax = 120_000;
const endNoticeMs = 1_000;

const readySchema = z.object({ api_url: z.string(), api_key: z.string() });

export interface StackProcessOptions {
  /** On disk, as `npm start` keeps it, or in memory (`--ephemeral`). */
  readonly storage: 'disk' | 'memory';
  /** What is started instead of the command line of `npm start`, with the same options. */
  readonly entry?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** A CPU profile is written here when the stack stops. */
  readonly profileDir?: string | undefined;
}

/** The whole local stack in a process of its own, started as a user would. */
export interface StackProcess {
  readonly pid: number;
  readonly apiUrl: string;
  readonly apiKey: string;
  /** The variables with which AWS clients reach the stack. Only with storage on disk. */
  awsVariables(): Readonly<Record<string, string>>;
  /** Lines that the stack logged as warnings or errors. */
  complaints(): readonly string[];
  /** How it ended, with the last lines of its log, when it ended by itself; undefined while it runs. */
  ownEnd(): Promise<string | undefined>;
  /** Stops it in order and removes its data. */
  stop(): Promise<void>;
}

const isComplaint = (line: string): boolean =>
  / (?:WARN|ERROR) \[/.test(line) || /"level":"(?:warn|error)"/.test(line);

function readVariables(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
}

/** Starts the stack and waits until it is ready. Its log goes to a file: a reader would cost this process. */
export async function startStackProcess(options: StackProcessOptions): Promise<StackProcess> {
  mkdirSync(workRoot, { recursive: true });
  const folder = mkdtempSync(join(workRoot, 'stack-'));
  const dataDir = join(folder, 'data');
  const logFile = join(folder, 'log');
  const logFd = openSync(logFile, 'w');
  const profiling =
    options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`];
  const where = options.storage === 'disk' ? ['--data', dataDir] : ['--ephemeral'];
  const entry = options.entry ?? join(root, 'local', 'start.mjs');
  const child = keepWithParent(
    spawn(process.execPath, [...profiling, entry, '--json', '--port', '0', ...where], {
      cwd: root,
      stdio: ['ignore', 'pipe', logFd],
      env: { ...process.env, ...options.environment },
      // Ctrl-C is for the benchmark, which then ends the stack.
      detached: true,
    }),
  );
  closeSync(logFd);
  const gone = once(child, 'exit');
  const readLog = (): string[] => readFileSync(logFile, 'utf8').split('\n');
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.on('exit', remove);

  const line = await new Promise<string>((resolve, reject) => {
    const fail = (what: string): void => {
      const tail = readLog().slice(-6).join('\n');
      child.kill('SIGKILL');
      remove();
      reject(new Error(`The stack ${what}:\n${tail}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${startMsMax / 1000} s`), startMsMax);
    const onExit = (code: number | null): void => {
      clearTimeout(timer);
      fail(`ended with code ${String(code)} before it was ready`);
    };
    child.once('exit', onExit);
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).once('line', (text) => {
        clearTimeout(timer);
        child.off('exit', onExit);
        resolve(text);
      });
  });
  const ready = readySchema.parse(JSON.parse(line));
  return {
    pid: child.pid ?? 0,
    apiUrl: ready.api_url,
    apiKey: ready.api_key,
    awsVariables: () => readVariables(readFileSync(join(dataDir, 'aws.env'), 'utf8')),
    complaints: () => readLog().filter(isComplaint),
    ownEnd: async () => {
      // Its sockets are reset before its end is told.
      await Promise.race([gone, delay(endNoticeMs, undefined, { ref: false })]);
      if (child.exitCode === null && child.signalCode === null) return undefined;
      const how = child.signalCode ?? `code ${String(child.exitCode)}`;
      const told = readLog().filter((text) => text.includes('[stack]') || isComplaint(text));
      return `The stack ended by itself (${how}):\n${told.slice(-6).join('\n')}`;
    },
    stop: async () => {
      await endChild(child);
      remove();
    },
  };
}
