import type { RunResult } from '../../shared/hook-run-outcome.ts';
import type { ScriptRun } from './run-script.ts';

/** What the worker tells the process that runs its scripts. */
export type ScriptRequest =
  | { readonly kind: 'run'; readonly id: number; readonly run: Omit<ScriptRun, 'signal'> }
  | { readonly kind: 'stop'; readonly id: number };

/** What that process says: that it is up, and what became of each `run`. */
export type ScriptAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly id: number; readonly result: RunResult }
  /** The machine could not start it, and may be able to another time. */
  | { readonly kind: 'failed'; readonly id: number; readonly error: Error };
