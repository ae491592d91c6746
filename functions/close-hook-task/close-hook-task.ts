import * as z from 'zod';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import { keyOfRun } from '../../shared/aws/hook-run-ledger.ts';
import type { Run, RunKey, RunLedger, RunMarker } from '../../shared/aws/hook-run-ledger.ts';
import type { RunQueue } from '../../shared/aws/hook-run-queue.ts';
import type { RecordRun } from '../../shared/aws/hook-table.ts';
import type { LeaseRow } from '../../shared/aws/hook-worker-lease.ts';
import { releaseForStopped } from '../../shared/aws/hook-worker-lease.ts';
import type { EnsureWorker } from '../../shared/aws/hook-worker.ts';
import { createExecutionEvent, isFinal, isOvertaken } from '../../shared/delivery.ts';
import {
  stateAfterWorkerStop,
  statusAfterWorkerStop,
  toWorkerStopAttempt,
} from '../../shared/hook-run-outcome.ts';
import { isHookId } from '../../shared/ids.ts';
import type { HookId } from '../../shared/ids.ts';
import type { Log } from '../../shared/runtime/log.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
export const taskStoppedSchema = z.object({
  detail: z.object({
    taskArn: z.string(),
    lastStatus: z.literal('STOPPED'),
    stopCode: z.string().optional(),
    stoppedReason: z.string().optional(),
    containers: z
      .array(z.object({ exitCode: z.int().optional(), reason: z.string().optional() }))
      .default([]),
  }),
});
export type TaskStopped = z.output<typeof taskStoppedSchema>['detail'];

interface Dependencies {
  readonly runs: Pick<RunLedger, 'find' | 'listMarkers' | 'closeRun' | 'unmark'>;
  readonly queue: Pick<RunQueue, 'release' | 'remove'>;
  /** Those of all places, the one that every message relies on first. */
  readonly rows: readonly LeaseRow[];
  readonly ensureWorker: EnsureWorker;
  readonly recordRun: RecordRun;
  readonly publishEvents: PublishEvents;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Workers in a row that ended badly with no run in hand, after which none is started in their place: an image that
 * cannot be pulled would be tried for ever. The next event tries again.
 */
const failuresMax = 5;
/** Markers worked on at a time. */
const markersAtATime = 10;

/** Why a task stopped, with what its container says: out of memory is told there only. */
export function describeStop(task: TaskStopped): string {
  const containers = task.containers.flatMap(({ exitCode, reason }) => [
    ...(reason === undefined ? [] : [reason]),
    ...(exitCode === undefined || exitCode === 0 ? [] : [`exit code ${exitCode}`]),
  ]);
  return [task.stoppedReason ?? task.stopCode ?? 'no reason given', ...containers].join('; ');
}

/** Whether the worker left by itself, having found nothing more to do. */
export const leftByItself = ({ stopCode, containers }: TaskStopped): boolean =>
  stopCode === 'EssentialContainerExited' &&
  containers.length > 0 &&
  containers.every(({ exitCode }) => exitCode === 0);

function hookIdOf(endpointId: Run['endpoint_id']): HookId {
  if (!isHookId(endpointId)) throw new Error(`The mark of a run names ${endpointId}, which is no hook`);
  return endpointId;
}

const keyOfMarked = ({ tenant, event_id: id, event_timestamp: timestamp, endpoint_id }: Run): RunKey =>
  keyOfRun({ tenant, id, timestamp }, hookIdOf(endpoint_id));

/**
 * Whether the ledger knows more of a run than its mark: that it ended, that it was closed before by the worker itself
 * or by this function, which then failed on the way, or that another worker has it.
 */
const isMovedOn = (known: Run, begun: Run, taskArn: string): boolean =>
  isOvertaken(begun, known) ||
  ((known.round ?? 0) === (begun.round ?? 0) && known.state === 'running' && known.worker_task !== taskArn);

/**
 * Follows the end of a worker task: closes or hands back what it had in hand, releases its lease, and starts
 * another worker when something may still wait. The same event again changes nothing more.
 */
export function createCloseHookTask(dependencies: Dependencies) {
  const { runs, queue, rows, ensureWorker, recordRun, publishEvents, now, log } = dependencies;

  /** The counters follow the ledger: losing them loses no run. */
  const count = async ({ tenant, endpoint_id, id, test, updated_at: at }: Run): Promise<void> => {
    if (test === true) return;
    try {
      await recordRun(tenant, hookIdOf(endpoint_id), { status: statusAfterWorkerStop, at });
    } catch (error) {
      log.error('counters not written', { delivery_id: id, error });
    }
  };

  /** Writes how the run goes on, unless that is written already, and answers its row. */
  const closeRow = async (
    task: TaskStopped,
    { run: begun, startedAt }: RunMarker,
  ): Promise<Run | undefined> => {
    const key = keyOfMarked(begun);
    const known = await runs.find(key);
    if (known !== undefined && isMovedOn(known, begun, task.taskArn)) return known;
    const attempts = [...begun.attempts, toWorkerStopAttempt(startedAt, describeStop(task), now())];
    const at = new Date(now()).toISOString();
    const state = stateAfterWorkerStop(attempts);
    const closed = {
      ...begun,
      state,
      attempts,
      updated_at: at,
      ...(state === 'retrying' ? { retrying_until: at } : {}),
    };
    if (!(await runs.closeRun(closed, known))) return runs.find(key);
    if (isFinal(state)) await count(closed);
    return closed;
  };

  const publish = async (run: Run): Promise<void> => {
    const rejected = await publishEvents([createExecutionEvent(run, now())]);
    if (rejected.length > 0) {
      log.warn('hook_executed not published', { delivery_id: run.id, reason: rejected[0]?.reason ?? '' });
    }
  };

  /** True when its message was handed back. */
  const close = async (task: TaskStopped, marker: RunMarker): Promise<boolean> => {
    const run = await closeRow(task, marker);
    const isOurs = run?.worker_task === task.taskArn;
    const ended = run !== undefined && isFinal(run.state);
    // In the hands of a newer worker: a stale handle might still pull the message away from it.
    const isOthers = !isOurs && run?.state === 'running';
    if (ended) {
      await queue.remove(marker.receiptHandle);
      if (isOurs) await publish(run);
    } else if (!isOthers) {
      // Also when it never came to a row. A handle that is no longer valid: the message is back already.
      await queue.release(marker.receiptHandle);
    }
    // Last: until then the same event again finds it and goes on.
    await runs.unmark(task.taskArn, marker.run.id);
    log.info('run of a stopped worker closed', {
      delivery_id: marker.run.id,
      endpoint_id: marker.run.endpoint_id,
      tenant: marker.run.tenant,
      state: run?.state ?? 'handed back',
      attempt: run?.attempts.length ?? 0,
    });
    return !ended && !isOthers;
  };

  return async (task: TaskStopped): Promise<void> => {
    const markers = await runs.listMarkers(task.taskArn);
    let handedBack = 0;
    for (let start = 0; start < markers.length; start += markersAtATime) {
      const batch = markers.slice(start, start + markersAtATime);
      const closed = await Promise.all(batch.map((marker) => close(task, marker)));
      handedBack += closed.filter(Boolean).length;
    }
    const clean = leftByItself(task);
    const end = clean || markers.length > 0 ? 'clean' : 'failed';
    await Promise.all(rows.map((row) => releaseForStopped(row, task.taskArn, end)));
    const failures = (await rows[0]?.read())?.failures ?? 0;
    const isHopeless = handedBack === 0 && failures >= failuresMax;
    log.info('worker stopped', {
      task_arn: task.taskArn,
      reason: describeStop(task),
      count: handedBack,
      failed: failures,
    });
    if (clean && handedBack === 0) return;
    if (isHopeless) {
      log.error('workers keep failing before they work; the next event tries again', { failed: failures });
      return;
    }
    await ensureWorker();
  };
}
