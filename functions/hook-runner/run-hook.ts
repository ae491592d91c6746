import { keyOfRun } from '../../shared/aws/hook-run-ledger.ts';
import type { Run, RunLedger } from '../../shared/aws/hook-run-ledger.ts';
import type { ReceivedMessage, RunQueue } from '../../shared/aws/hook-run-queue.ts';
import type { RecordRun } from '../../shared/aws/hook-table.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import {
  createDelivery,
  createDeliveryId,
  createExecutionEvent,
  isFinal,
  isOvertaken,
  summarizeDelivery,
} from '../../shared/delivery.ts';
import type { Delivery, HookMessage } from '../../shared/delivery.ts';
import { createRunEnvironment } from '../../shared/hook-run-environment.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { decideRunOutcome, statusOf, toRunAttempt } from '../../shared/hook-run-outcome.ts';
import type { RunOutcome, RunResult } from '../../shared/hook-run-outcome.ts';
import { delayRun, isFurther, nextRetry } from '../../shared/hook-run-retry.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { reasonOfExit, retryingOf } from '../../shared/hook.ts';
import type { Hook } from '../../shared/hook.ts';
import type { HookId } from '../../shared/ids.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { insist } from './insist.ts';
import type { Pause } from './insist.ts';
import type { RunScript } from './run-script.ts';
import type { SlotPool } from './slot-pool.ts';
import type { LoadScript } from './store-script.ts';

interface Dependencies {
  readonly taskArn: string;
  readonly queue: Pick<RunQueue, 'release' | 'remove'>;
  /**
   * Queues a retry where it wakes a worker when it is due: in the queue of hook runs nobody might look for it.
   * Throws when it was not queued.
   */
  readonly queueRetry: (message: QueueMessage) => Promise<void>;
  readonly runs: Pick<RunLedger, 'find' | 'put' | 'mark' | 'unmark'>;
  /** May answer from memory, but nothing read before `sinceMs`. */
  readonly findHook: (tenant: string, id: HookId, sinceMs: number) => Promise<Hook | undefined>;
  readonly loadScript: LoadScript;
  readonly runScript: RunScript;
  readonly recordRun: RecordRun;
  /** Whether anybody listens to hook_executed. May answer from memory, but nothing read before `sinceMs`. */
  readonly isListenedTo: (tenant: string, sinceMs: number) => Promise<boolean>;
  /** Answers why an event was not published; undefined when it was. */
  readonly publishEvent: (event: CatalogEvent) => Promise<string | undefined>;
  /** Where scripts find programs. */
  readonly path: string;
  readonly pause: Pause;
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/** A message whose body was parsed. */
export interface ReceivedRun extends ReceivedMessage {
  readonly run: HookMessage;
}

/**
 * Runs the script that a message asks for and sees it through, up to the deletion of the message, which comes last.
 * The slot is given back when the script has ended: writing down what became of it holds up no other.
 * Throws when it could not: the message is still ours then.
 */
export type RunHook = (
  message: ReceivedRun,
  slots: Pick<SlotPool, 'take' | 'giveBack'>,
  signal: AbortSignal,
) => Promise<void>;

/** A run is shown as running after this: a shorter one would cost two rows of the ledger instead of one. */
const shownAfterMs = 1_000;

/** Makes a `RunHook`. What comes a second time after it ended is not run again. */
export function createRunHook(dependencies: Dependencies): RunHook {
  const { taskArn, queue, runs, findHook, loadScript, runScript, pause, now, random, log } = dependencies;

  const describe = (
    { run: { event, hook_id: id, test, round, retry } }: ReceivedRun,
    hook: Hook | undefined,
    fields: Pick<Delivery, 'state' | 'attempts'> & Partial<Pick<Delivery, 'reason' | 'retrying_until'>>,
  ): Run => ({
    ...createDelivery(
      event,
      { id, name: hook?.name ?? '' },
      { ...fields, ...(test === true ? { test } : {}), ...(round === undefined ? {} : { round }) },
      now(),
    ),
    worker_task: taskArn,
    ...(retry === undefined ? {} : { retry }),
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
    await runs.put(run);
    await remove(message);
    log.info('run closed', summarizeDelivery(run));
  };

  /** Who listened when the event was published is told what became of it; a viewer who cannot be read counts. */
  const publish = async (run: Run): Promise<string | undefined> => {
    const sinceMs = Date.parse(run.event_timestamp);
    const isListenedTo = await dependencies.isListenedTo(run.tenant, sinceMs).catch(() => true);
    return isListenedTo ? dependencies.publishEvent(createExecutionEvent(run, now())) : undefined;
  };

  /** Counters and `hook_executed` follow the ledger: losing them loses no run, so they hold nothing up. */
  const tellOf = async (run: Run, hook: Hook, result: RunResult): Promise<void> => {
    const [counted, published] = await Promise.allSettled([
      run.test === true
        ? undefined
        : dependencies.recordRun(run.tenant, hook.id, {
            status: statusOf(result),
            at: run.updated_at,
            ...(run.state === 'refused' ? { disable: reasonOfExit(hook) } : {}),
          }),
      publish(run),
    ]);
    if (counted.status === 'rejected') {
      log.error('counters not written', { delivery_id: run.id, error: counted.reason });
    }
    const failure = published.status === 'rejected' ? published.reason : published.value;
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
      data: JSON.stringify(event.data),
      timeoutSeconds: hook.timeout_seconds,
      slot,
      signal,
    });
  };

  /** Runs the script in a slot; undefined when the worker has to end before one is free. */
  const runInSlot = async (
    message: ReceivedRun,
    hook: Hook,
    running: Run,
    slots: Parameters<RunHook>[1],
    signal: AbortSignal,
  ): Promise<{ readonly result: RunResult; readonly startedAt: number } | undefined> => {
    const slot = await slots.take();
    if (slot === undefined) return undefined;
    const startedAt = now();
    const ended = new AbortController();
    const shown = pause(shownAfterMs, ended.signal).then(() =>
      ended.signal.aborted ? undefined : runs.put({ ...running, updated_at: new Date(now()).toISOString() }),
    );
    // Only a look at what goes on: the mark brings the run back without it.
    shown.catch((error: unknown) => log.warn('run not shown as running', { delivery_id: running.id, error }));
    try {
      return { result: await execute(message, hook, slot, signal), startedAt };
    } catch (error) {
      // It was not begun: a mark that stays would count this worker's end against it, and hand its message back again.
      await runs.unmark(taskArn, running.id).catch(() => undefined);
      throw error;
    } finally {
      ended.abort();
      slots.giveBack(slot);
    }
  };

  const end = async (
    message: ReceivedRun,
    hook: Hook,
    result: RunResult,
    fields: Parameters<typeof describe>[2],
  ): Promise<Run> => {
    const run = describe(message, hook, fields);
    await insist(() => runs.put(run), pause);
    if (isFinal(run.state)) await tellOf(run, hook, result);
    return run;
  };

  /** Writes down what follows from a run, and answers how its message is to be dealt with. */
  const follow = async (
    message: ReceivedRun,
    hook: Hook,
    result: RunResult,
    attempts: Run['attempts'],
    outcome: RunOutcome,
  ): Promise<{ readonly run: Run; readonly settle: () => Promise<unknown> }> => {
    const settle = (): Promise<void> => remove(message);
    switch (outcome.state) {
      case 'delivered':
      case 'exhausted':
      case 'refused':
        return { run: await end(message, hook, result, { state: outcome.state, attempts }), settle };
      case 'handed_back': {
        const retrying_until = new Date(now()).toISOString();
        return {
          run: await end(message, hook, result, { state: 'retrying', attempts, retrying_until }),
          settle: () => insist(() => queue.release(message.receiptHandle), pause),
        };
      }
      case 'retrying': {
        const dueMs = now() + outcome.delaySeconds * 1000;
        const next = { ...message, run: nextRetry(message.run) };
        // Before the row: a worker that dies in between runs the script once more, the other way round it never
        // would run again.
        await insist(() => dependencies.queueRetry(delayRun(next.run, dueMs, now())), pause);
        const retrying_until = new Date(dueMs).toISOString();
        return {
          run: await end(next, hook, result, { state: 'retrying', attempts, retrying_until }),
          settle,
        };
      }
      default:
        return assertNever(outcome);
    }
  };

  return async (message, slots, signal) => {
    const { event, hook_id: id, test, round, retry = 0 } = message.run;
    const known = await runs.find(keyOfRun(event, id));
    if (
      known !== undefined &&
      (isOvertaken({ attempts: known.attempts, round }, known) || isFurther(known, message.run))
    ) {
      await remove(message);
      log.info('run was seen through before', summarizeDelivery(known));
      return;
    }
    const attempts = known?.attempts ?? [];
    // A change of the hook that came before the event counts, whatever is remembered here.
    // Who runs it anew may just have changed the hook, and a retry may come long after its event.
    const isFirst = round === undefined && retry === 0;
    const hook = await findHook(event.tenant, id, isFirst ? Date.parse(event.timestamp) : now());
    if (hook === undefined) {
      await close(message, hook, { state: 'filtered', attempts, reason: 'the hook was deleted' });
      return;
    }
    if (!hook.enabled && test !== true) {
      await close(message, hook, { state: 'parked', attempts, reason: 'the hook is disabled' });
      return;
    }
    const running = describe(message, hook, { state: 'running', attempts });
    const { receiptHandle } = message;
    await runs.mark(taskArn, { run: running, receiptHandle, startedAt: running.updated_at });
    const made = await runInSlot(message, hook, running, slots, signal);
    if (made === undefined) {
      await insist(() => runs.unmark(taskArn, running.id), pause);
      await insist(() => queue.release(receiptHandle), pause);
      return;
    }
    const { result, startedAt } = made;
    const allAttempts = [...attempts, toRunAttempt(result, startedAt)];
    const outcome = decideRunOutcome(result, {
      attempts: allAttempts,
      retriesMade: retry,
      retrying: test === true ? undefined : retryingOf(hook),
      random: random(),
    });
    const { run, settle } = await follow(message, hook, result, allAttempts, outcome);
    await Promise.all([insist(() => runs.unmark(taskArn, run.id), pause), settle()]);
    log.info('hook run', summarizeDelivery(run));
  };
}

/** The delivery that a message is about. */
export const deliveryIdOf = ({ run }: ReceivedRun): string => createDeliveryId(run.event, run.hook_id);
