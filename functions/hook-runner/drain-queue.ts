import type { ReceivedMessage, RunQueue } from '../../shared/aws/hook-run-queue.ts';
import type { WorkerLease } from '../../shared/aws/hook-worker-lease.ts';
import { queueBatchEntriesMax } from '../../shared/limits.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { insist } from './insist.ts';
import type { Pause } from './insist.ts';
import { keepAlive } from './keep-alive.ts';
import type { RunHook } from './run-hook.ts';
import { createRunSlots } from './run-slots.ts';
import { watchBacklog } from './watch-backlog.ts';
import { watchOutage } from './watch-outage.ts';

/**
 * The first worker is whom every message relies on, and tells when it can't keep up; the others come for a backlog and
 * leave after it.
 */
export type Role =
  | { readonly kind: 'first'; readonly askForWorkers: (count: number) => Promise<void> }
  | { readonly kind: 'helper' };

interface Dependencies {
  readonly role: Role;
  readonly queue: RunQueue;
  readonly lease: WorkerLease;
  readonly runHook: RunHook;
  readonly concurrency: number;
  readonly idleMs: number;
  readonly pause: Pause;
  readonly now: () => number;
  readonly log: Log;
}

/** How the worker is told to end. */
export interface Stop {
  /** Receive nothing more; scripts may end by themselves for a while. */
  readonly requested: AbortSignal;
  /** End the scripts too. */
  readonly urgent: AbortSignal;
}

/** Why the worker ended. */
export type DrainEnd = 'idle' | 'stopped' | 'superseded';

/** ECS waits 120 s between SIGTERM and SIGKILL; the rest is for writing down what was ended. */
const stopGraceMs = 100_000;
/** How long killed runs may take to write down what became of them. */
const killGraceMs = 10_000;
/** The longest that SQS waits: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const waitSecondsMax = 20;
/** Long enough for SQS to ask all of its servers. */
const shortWaitSeconds = 5;
const receivePauseMs = 1_000;

const queueName = 'The queue of hook runs';

const whenAborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });

/**
 * Works off the queue with at most `concurrency` scripts at a time, until nothing came for `idleMs` or a stop is
 * asked for. Holds more messages than it runs only while scripts are so short that waiting for more would cost.
 *
 * Leaving when idle: the lease is given back first, and the queue asked once more after that. Who queued a message
 * before the lease was given back may have relied on it, and that last receive finds the message; who queues one
 * after that finds no lease and starts another worker. Nobody relies on a worker that came for a backlog: it leaves
 * when for `idleMs` it had room for more than there was, and lets its scripts end.
 *
 * Throws `OutageError` when the queue or the tables are out of reach for too long; the scripts are dead by then.
 */
export async function drainQueue(dependencies: Dependencies, stop: Stop): Promise<DrainEnd> {
  const { role, queue, lease, runHook, concurrency, idleMs, pause, now, log } = dependencies;
  const isHelper = role.kind === 'helper';
  /** Receive nothing more. */
  const leave = new AbortController();
  /** End the scripts. */
  const kill = new AbortController();
  const done = new AbortController();
  const queueOutage = watchOutage(queueName, now);
  /** When there was last anything to do; to a helper, as much as it has room for. */
  let lastBusy = now();
  let holdsLease = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;

  const slots = createRunSlots({
    concurrency,
    queue,
    runHook,
    kill: kill.signal,
    onChange: () => {
      if (!isHelper) lastBusy = now();
      wake();
    },
    now,
    log,
  });
  const fail = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error('The worker failed', { cause: error });
    kill.abort();
    leave.abort();
  };
  const beginAll = async (messages: readonly ReceivedMessage[]): Promise<void> => {
    if (leave.signal.aborted) {
      // They came just before the receive was given up, and nobody is to begin anything now.
      await Promise.allSettled(messages.map(({ receiptHandle }) => queue.release(receiptHandle)));
      return;
    }
    for (const message of messages) slots.begin(message);
  };

  /** Undefined when the queue could not be asked. */
  const askQueue = async <Value>(ask: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      const answer = await ask();
      queueOutage.succeeded();
      return answer;
    } catch (error) {
      if (leave.signal.aborted) return undefined;
      log.warn('queue could not be reached', { error });
      queueOutage.failed(error);
      await pause(receivePauseMs, leave.signal);
      return undefined;
    }
  };
  const receive = async (waitSeconds: number): Promise<readonly ReceivedMessage[] | undefined> => {
    const count = Math.min(Math.max(1, slots.wanted()), queueBatchEntriesMax);
    const messages = await askQueue(() => queue.receive(count, waitSeconds, leave.signal));
    if (messages !== undefined && messages.length >= (isHelper ? count : 1)) lastBusy = now();
    return messages;
  };

  /** True when the worker may end. */
  const takeLeave = async (): Promise<boolean> => {
    if (isHelper) {
      // Before its scripts end: should the backlog grow again, another one may take its place.
      holdsLease = false;
      await insist(() => lease.release(), pause);
      return true;
    }
    // What a worker that died had in hand shows up when its hold runs out: stay for it.
    const count = await askQueue(() => queue.count());
    if (count?.left !== 0) {
      await beginAll((await receive(shortWaitSeconds)) ?? []);
      return false;
    }
    holdsLease = false;
    await insist(() => lease.release(), pause);
    const messages = await receive(shortWaitSeconds);
    if (messages?.length === 0) return true;
    holdsLease = await insist(() => lease.take(), pause);
    await beginAll(messages ?? []);
    // Another worker came up meanwhile, and cares for the rest.
    if (!holdsLease) leave.abort();
    return false;
  };

  const receiveUntilIdle = async (): Promise<DrainEnd> => {
    while (!leave.signal.aborted) {
      if (slots.wanted() === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        lastBusy = now();
        continue;
      }
      const idleLeftMs = isHelper || slots.isEmpty() ? lastBusy + idleMs - now() : Infinity;
      if (idleLeftMs <= 0) {
        if (await takeLeave()) return 'idle';
        continue;
      }
      const waitSeconds = Math.min(waitSecondsMax, Math.max(1, Math.ceil(idleLeftMs / 1000)));
      await beginAll((await receive(waitSeconds)) ?? []);
    }
    return stop.requested.aborted ? 'stopped' : 'superseded';
  };

  /** Lets the scripts end by themselves, as long as a stop allows, and ends the rest. */
  const settle = async (): Promise<void> => {
    const overdue = whenAborted(stop.requested).then(() =>
      Promise.race([pause(stopGraceMs, done.signal), whenAborted(stop.urgent)]),
    );
    await Promise.race([slots.allEnded(), overdue, whenAborted(kill.signal)]);
    if (slots.isEmpty()) return;
    kill.abort();
    await Promise.race([slots.allEnded(), pause(killGraceMs, done.signal)]);
  };

  /** Lets another worker come while the scripts of this one end: that may take as long as a stop allows. */
  const handOver = async (): Promise<void> => {
    if (role.kind !== 'first' || !holdsLease) return;
    holdsLease = false;
    try {
      await insist(() => lease.release(), pause);
      await insist(() => role.askForWorkers(1), pause);
    } catch (error) {
      // Whoever follows the end of this task sees to another one.
      log.warn('no successor asked for', { error });
    }
  };

  if (!(await insist(() => lease.take(), pause))) {
    log.info('another worker is up');
    return 'superseded';
  }
  holdsLease = true;
  leave.signal.addEventListener('abort', () => {
    slots.close();
    wake();
  });
  let handedOver: Promise<void> | undefined;
  const onStop = (): void => {
    leave.abort();
    // What has nothing in hand ends at once, and its end is followed.
    if (!slots.isEmpty()) handedOver = handOver();
  };
  stop.requested.addEventListener('abort', onStop);
  if (stop.requested.aborted) onStop();
  const kept = keepAlive(
    {
      lease,
      queue,
      held: slots.held,
      needsLease: () => holdsLease,
      onLeaseLost: () => {
        log.warn('the lease went to another worker');
        holdsLease = false;
        leave.abort();
      },
      tableOutage: watchOutage('The ledger table', now),
      queueOutage: watchOutage(queueName, now),
      pause,
      log,
    },
    done.signal,
  ).catch(fail);

  const watched =
    role.kind === 'first'
      ? watchBacklog(
          {
            queue,
            isWorking: () => !slots.isEmpty(),
            countEnded: slots.countEnded,
            concurrency,
            askForWorkers: role.askForWorkers,
            pause,
            now,
            log,
          },
          done.signal,
        )
      : undefined;

  let end: DrainEnd = 'idle';
  try {
    end = await receiveUntilIdle();
  } catch (error) {
    fail(error);
  }
  await settle();
  done.abort();
  await kept;
  await watched;
  stop.requested.removeEventListener('abort', onStop);
  await handedOver;
  if (failure !== undefined) throw failure;
  if (holdsLease) await insist(() => lease.release(), pause);
  return end;
}
