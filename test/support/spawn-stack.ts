import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const mainPath = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

/** What a run of the command line came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnedStack {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly process: ChildProcess;
  /** `kill -9`, as a power cut. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<number | null>;
}

function spawnMain(options: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [mainPath, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
}

/** Runs the command line to its end. */
export async function runMain(
  options: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawnMain(options, environment);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** Starts the command line and kills it after a while, ready or not. */
export async function startAndKill(options: readonly string[], afterMs: number): Promise<void> {
  const child = spawnMain(['--json', ...options], {});
  child.stdout?.resume();
  child.stderr?.resume();
  const closed = once(child, 'close');
  await pause(afterMs);
  child.kill('SIGKILL');
  await closed;
}

/** Starts the command line with `--json` and waits for its one line. */
export async function spawnStack(options: readonly string[]): Promise<SpawnedStack> {
  const child = spawnMain(['--json', ...options], {});
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close');
  const line = await new Promise<string>((resolve, reject) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve);
    child.once('close', () => reject(new Error(`the stack ended before it was ready: ${stderr}`)));
  });
  const ready = JSON.parse(line) as { api_url: string; api_key: string };
  return {
    apiUrl: ready.api_url,
    apiKey: ready.api_key,
    process: child,
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
      return child.exitCode;
    },
  };
}
