import type { RunScript } from './run-script.ts';
import type { ScriptAnswer, ScriptRequest } from './script-messages.ts';

/** Runs the scripts that the worker asks for. */
export interface ScriptServer {
  take(request: ScriptRequest): void;
  /** Ends all scripts and resolves when they have ended. */
  close(): Promise<void>;
}

export function serveScripts(runScript: RunScript, answer: (answer: ScriptAnswer) => void): ScriptServer {
  const running = new Map<number, { readonly stop: AbortController; readonly ended: Promise<void> }>();

  const run = async ({ id, run }: Extract<ScriptRequest, { kind: 'run' }>, signal: AbortSignal) => {
    try {
      answer({ kind: 'ended', id, result: await runScript({ ...run, signal }) });
    } catch (error) {
      const failure =
        error instanceof Error ? error : new Error('The script could not be run', { cause: error });
      answer({ kind: 'failed', id, error: failure });
    }
  };

  return {
    take(request) {
      if (request.kind === 'stop') {
        running.get(request.id)?.stop.abort();
        return;
      }
      const stop = new AbortController();
      const ended = run(request, stop.signal).finally(() => running.delete(request.id));
      running.set(request.id, { stop, ended });
    },
    async close() {
      const left = [...running.values()];
      for (const { stop } of left) stop.abort();
      await Promise.allSettled(left.map(({ ended }) => ended));
    },
  };
}
