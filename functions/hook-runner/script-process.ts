import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { RunResult } from '../../shared/hook-run-outcome.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { endProcessesIn } from './end-processes.ts';
import { ownerOf } from './run-script.ts';
import type { RunScript } from './run-script.ts';
import type { ScriptAnswer, ScriptRequest } from './script-messages.ts';

/** The small process that starts a worker's scripts for it. */
export interface ScriptProcess {
  readonly runScript: RunScript;
  /** Its id, while there is one. */
  pid(): number | undefined;
  /** Lets go of it: it ends its scripts and itself. */
  close(): void;
}

interface Server {
  readonly child: ChildProcess;
  /** Whether it came up: one that does not is no fault of the scripts. */
  isReady: boolean;
}

interface Waiting {
  readonly slot: number;
  readonly server: Server;
  readonly answered: PromiseWithResolvers<RunResult>;
}

const stopped: RunResult = {
  kind: 'stopped',
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  durationMs: 0,
};

/**
 * Processes and threads that the script of a slot may have at a time, of which Node takes eleven: few enough that one
 * that starts them without end leaves room for the other slots, and can be ended.
 */
const processesMax = 128;

/**
 * As which program the process is started: where scripts have users of their own, by a shell that limits what these
 * may start. Node can't set such limits, and shells differ in how they call this one. Root itself is not bound by it.
 */
const limited = {
  execPath: '/bin/sh',
  execArgv: [
    '-c',
    `ulimit -u ${processesMax} 2>/dev/null || ulimit -p ${processesMax}; unset PWD OLDPWD SHLVL; exec "$0" "$@"`,
    process.execPath,
  ],
};

/**
 * Runs scripts through the program `entry` in a process of its own, which is started with the first run and again
 * when it was killed. Runs that a killed process had in hand count as stopped, and their scripts are ended; one that
 * does not come up fails them.
 */
export function createScriptProcess(
  entry: string,
  folders: { readonly runs: string; readonly pipes: string },
  log: Log,
): ScriptProcess {
  const waiting = new Map<number, Waiting>();
  let current: Server | undefined;
  let runs = 0;
  let isClosed = false;

  const settle = (server: Server, answer: ScriptAnswer): void => {
    if (answer.kind === 'ready') {
      server.isReady = true;
      return;
    }
    const known = waiting.get(answer.id);
    if (known === undefined) return;
    waiting.delete(answer.id);
    switch (answer.kind) {
      case 'ended':
        known.answered.resolve(answer.result);
        return;
      case 'failed':
        known.answered.reject(answer.error);
        return;
      default:
        assertNever(answer);
    }
  };
  const lose = (server: Server, reason: string): void => {
    if (current === server) current = undefined;
    const lost = [...waiting].filter(([, run]) => run.server === server);
    if (!isClosed) log.error('the process that runs scripts ended', { reason, count: lost.length });
    for (const [id, { slot, answered }] of lost) {
      waiting.delete(id);
      const end = (): void => {
        if (server.isReady) answered.resolve(stopped);
        else answered.reject(new Error(`The process that runs scripts did not come up: ${reason}`));
      };
      void endProcessesIn(folders.runs, { uid: ownerOf(slot)?.uid }).then(end, answered.reject);
    }
  };
  const start = (): Server => {
    const child = fork(entry, [folders.runs, folders.pipes], {
      env: {},
      execArgv: [],
      ...(ownerOf(0) === undefined ? {} : limited),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const server: Server = { child, isReady: false };
    // Both ends are one build: what comes through is what was sent.
    child.on('message', (answer: ScriptAnswer) => settle(server, answer));
    child.once('error', ({ message }) => lose(server, message));
    child.once('exit', (code, signal) => lose(server, signal ?? `exit code ${String(code)}`));
    return server;
  };

  return {
    runScript: async ({ signal, ...run }) => {
      if (signal.aborted) return stopped;
      current ??= start();
      const server = current;
      runs += 1;
      const id = runs;
      const answered = Promise.withResolvers<RunResult>();
      waiting.set(id, { slot: run.slot, server, answered });
      const send = (message: ScriptRequest): void => {
        // Not sent means that it ended, and its end settles the run.
        server.child.send(message, () => undefined);
      };
      const onAbort = (): void => send({ kind: 'stop', id });
      signal.addEventListener('abort', onAbort);
      send({ kind: 'run', id, run });
      try {
        return await answered.promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    pid: () => current?.child.pid,
    close() {
      isClosed = true;
      if (current?.child.connected === true) current.child.disconnect();
    },
  };
}
