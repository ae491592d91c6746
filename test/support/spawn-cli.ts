import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The very file that `npx sublarr-events` runs. */
export const binPath = fileURLToPath(new URL('../../cli/sublarr-events.mjs', import.meta.url));

/** A run of `sublarr-events` as a process of its own. */
export interface CliProcess {
  /** The lines of stdout so far. */
  readonly lines: readonly string[];
  readonly stderr: () => string;
  /** Resolves once stderr holds the text. */
  readonly waitForNote: (text: string) => Promise<void>;
  /** Resolves with the lines once there are `count`. */
  readonly waitForLines: (count: number) => Promise<readonly string[]>;
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts the very file that `npx sublarr-events` runs. */
export function spawnCli(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  { stdin = '', cwd }: { readonly stdin?: string; readonly cwd?: string } = {},
): CliProcess {
  const child = spawn(process.execPath, [binPath, ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: process.env['PATH'], XDG_CONFIG_HOME: '/nonexistent', ...environment },
  });
  child.stdin.end(stdin);
  const lines: string[] = [];
  let stderr = '';
  const waiting = new Set<() => void>();
  const checkAll = (): void => {
    for (const check of waiting) check();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    checkAll();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    checkAll();
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  const waitUntil = (what: string, isSo: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!isSo()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void ended.then(() => reject(new Error(`it ended before ${what}: ${stderr}`)));
    });
  return {
    lines,
    stderr: () => stderr,
    waitForNote: (text) => waitUntil(text, () => stderr.includes(text)),
    waitForLines: async (count) => {
      await waitUntil(`${count} lines`, () => lines.length >= count);
      return lines;
    },
    stop: (signal) => child.kill(signal),
    ended,
  };
}
