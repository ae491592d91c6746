import { keyOfRun } from '../../shared/aws/hook-run-ledger.ts';
import type { Run, RunLedger } from '../../shared/aws/hook-run-ledger.ts';
import type { ReceivedMessage, RunQueue } from '../../shared/aws/hook-run-queue.ts';
import type { RecordRun } from '../../shared/aws/hook-table.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import {
  createDelivery,
  createDeliveryId,
  createExecutionEvent,
  isFinal,
  summarizeDelivery,
} from '../../shared/delivery.ts';
import type { Attempt, Delivery, HookMessage } from '../../shared/delivery.ts';
import { createRunEnvironment } from '../../shared/hook-run-environment.ts';
import { stateAfterRun, statusOf, toRunAttempt } from '../../shared/hook-run-outcome.ts';
import type { RunResult } from '../../shared/hook-run-outcome.ts';
import type { Hook } from '../../shared/hook.ts';
import type { HookId } from '../../shared/ids.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { insist } from './insist.ts';
import type { Pause } from './insist.ts';
import type { RunScript } from './run-script.ts';
import type { LoadScript } from './store-script.ts';

interface Dependencies {
  readonly taskArn: string;
  readonly queue: Pick<RunQueue, 'release' | 'remove'>;
  readonly runs: Pick<RunLedger, 'find' | 'mark' | 'unmark'>;
  readonly putRun: (run: Run) => Promise<void>;
  /** May answer from memory, but nothing read before `sinceMs`. */
  readonly findHook: (tenant: string, id: HookId, sinceMs: number) => Promise<Hook | undefined>;
  readonly loadScript: LoadScript;
  readonly runScript: RunScript;
  readonly recordRun: RecordRun;
  readonly publishEvents: PublishEvents;
  /** Where scripts find programs. */
  readonly path: string;
  readonly pause: Pause;
  readonly now: () => number;
  readonly log: Log;
}

/** A message whose body was parsed. */
export interface ReceivedRun extends ReceivedMessage {
  readonly run: HookMessage;
}

/**
 * Runs the script that a message asks for and sees it through, up to the deletion of the message, which comes last.
 * Throws when it could not: the message is still ours then.
 */
export type RunHook = (message: ReceivedRun, slot: number, signal: AbortSignal) => Promise<void>;

/** Makes a `RunHook`. What comes a second time after it ended is not run again. */
export function createRunHook(dependencies: Dependencies): RunHook {
  const { taskArn, queue, runs, putRun, findHook, loadScript, runScript, pause, now, log } = dependencies;

  const describe = (
    { run: { event, hook_id: id, test } }: ReceivedRun,
    hook: Hook | undefined,
    fields: Pick<Delivery, 'state' | 'attempts'> & Partial<Pick<Delivery, 'reason' | 'retrying_until'>>,
  ): Run => ({
    ...createDelivery(
      event,
      { id, name: hook?.name ?? '' },
      { ...fields, ...(test === true ? { test } : {}) },
      now(),
    ),
    worker_task: taskArn,
  });

  const remove = async (message: ReceivedRun): Promise<void> => {
    await insist(() => queue.remove(message.receiptHandle), pause);
  };

  const close = async (
    message: ReceivedRun,
    hook: Hook | undefined,
    fields: Pick<Delivery, 'state' | 'attempts' | 'reason'>,
  ): Promise<void> => {
    const run = describe(message, hook, fields);
    await putRun(run);
    await remove(message);
    log.info('run closed', summarizeDelivery(run));
  };

  /** Counters and `hook_executed` follow the ledger: losing them loses no run, so they hold nothing up. */
  const tellOf = async (run: Run, hook: Hook, result: RunResult): Promise<void> => {
    const [counted, published] = await Promise.allSettled([
      run.test === true
        ? undefined
        : dependencies.recordRun(run.tenant, hook.id, { status: statusOf(result), at: run.updated_at }),
      dependencies.publishEvents([createExecutionEvent(run, now())]),
    ]);
    if (counted.status === 'rejected') {
      log.error('counters not written', { delivery_id: run.id, error: counted.reason });
    }
    const failure = published.status === 'rejected' ? published.reason : published.value[0]?.reason;
    if (failure !== undefined) {
      log.error('hook_executed not published', { delivery_id: run.id, error: failure });
    }
  };

  const execute = async (
    message: ReceivedRun,
    hook: Hook,
    slot: number,
    signal: AbortSignal,
  ): Promise<RunResult> => {
    const { event } = message.run;
    const script = await loadScript(event.tenant, hook.script_sha256);
    if (script === undefined) {
      return {
        kind: 'not_started',
        problem: `the content that this hook is pinned to is gone: upload ${hook.script} again, then PUT {"script": "${hook.script}"} to the hook`,
        stdout: Buffer.alloc(0),
        stderr: Buffer.alloc(0),
        durationMs: 0,
      };
    }
    return runScript({
      script,
      environment: createRunEnvironment(event, dependencies.path),
      input: JSON.stringify(event),
      timeoutSeconds: hook.timeout_seconds,
      slot,
      signal,
    });
  };

  const begin = async (message: ReceivedRun, hook: Hook, attempts: Attempt[], at: number): Promise<void> => {
    const run = describe(message, hook, { state: 'running', attempts });
    await Promise.all([
      putRun(run),
      runs.mark(taskArn, {
        ...keyOfRun(message.run.event, hook.id),
        deliveryId: run.id,
        receiptHandle: message.receiptHandle,
        startedAt: new Date(at).toISOString(),
      }),
    ]);
  };

  const finish = async (message: ReceivedRun, hook: Hook, result: RunResult, run: Run): Promise<void> => {
    await insist(() => putRun(run), pause);
    if (isFinal(run.state)) await tellOf(run, hook, result);
    await insist(() => runs.unmark(taskArn, run.id), pause);
    if (isFinal(run.state)) await remove(message);
    else await insist(() => queue.release(message.receiptHandle), pause);
    log.info('hook run', summarizeDelivery(run));
  };

  return async (message, slot, signal) => {
    const { event, hook_id: id, test } = message.run;
    const known = await runs.find(keyOfRun(event, id));
    if (known !== undefined && isFinal(known.state)) {
      await remove(message);
      log.info('run was finished before', summarizeDelivery(known));
      return;
    }
    const attempts = known?.attempts ?? [];
    // A change of the hook that came before the event counts, whatever is remembered here.
    const hook = await findHook(event.tenant, id, Date.parse(event.timestamp));
    if (hook === undefined) {
      await close(message, hook, { state: 'filtered', attempts, reason: 'the hook was deleted' });
      return;
    }
    if (!hook.enabled && test !== true) {
      await close(message, hook, { state: 'parked', attempts, reason: 'the hook is disabled' });
      return;
    }
    const startedAt = now();
    await begin(message, hook, attempts, startedAt);
    const result = await execute(message, hook, slot, signal);
    const made = [...attempts, toRunAttempt(result, startedAt)];
    const state = stateAfterRun(result, made);
    await finish(
      message,
      hook,
      result,
      describe(message, hook, {
        state,
        attempts: made,
        ...(state === 'retrying' ? { retrying_until: new Date(now()).toISOString() } : {}),
      }),
    );
  };
}

/** The delivery that a message is about. */
export const deliveryIdOf = ({ run }: ReceivedRun): string => createDeliveryId(run.event, run.hook_id);
