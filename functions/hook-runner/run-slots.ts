import type { ReceivedMessage, RunQueue } from '../../shared/aws/hook-run-queue.ts';
import { hookMessageSchema } from '../../shared/delivery.ts';
import type { HookMessage } from '../../shared/delivery.ts';
import { isFurther } from '../../shared/hook-run-retry.ts';
import { queueBatchEntriesMax } from '../../shared/limits.ts';
import { parseJson } from '../../shared/parse-request.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { deliveryIdOf } from './run-hook.ts';
import type { ReceivedRun, RunHook } from './run-hook.ts';
import { createSlotPool } from './slot-pool.ts';

/** The messages that a worker has in hand, and the places in which it runs them. */
export interface RunSlots {
  /** How many messages to ask for now; 0 while there is enough to do. */
  wanted(): number;
  isEmpty(): boolean;
  /** Scripts that have ended so far. */
  countEnded(): number;
  /** The receipt handles of the messages in hand. */
  held(): readonly string[];
  /** Works on a message, and runs its script as soon as a slot is free. */
  begin(message: ReceivedMessage): void;
  /** Lets no message wait for a slot any more: it is handed back. */
  close(): void;
  /** Resolves when every run that was begun has ended. */
  allEnded(): Promise<void>;
}

interface Dependencies {
  readonly concurrency: number;
  readonly queue: Pick<RunQueue, 'release' | 'remove'>;
  readonly runHook: RunHook;
  /** Ends the scripts. */
  readonly kill: AbortSignal;
  /** Called when `wanted` or `isEmpty` may answer something else. */
  readonly onChange: () => void;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * A run that failed through us is tried again after this, and each time after three times as long: what keeps a machine
 * from starting anything, such as a script that fills it, may last for as long as a script may take.
 */
const handBackSecondsFirst = 30;
const handBackSecondsMax = 900;

const handBackSeconds = ({ receives }: ReceivedMessage): number =>
  Math.min(handBackSecondsFirst * 3 ** (receives - 1), handBackSecondsMax);

/**
 * Messages in hand beyond those whose scripts run: as many as scripts ended within the last second, so that short
 * scripts never wait for a receive or a write, and none waits here behind long ones.
 */
const aheadMax = 8 * queueBatchEntriesMax;
const aheadMs = 1_000;

function parseMessage(message: ReceivedMessage): ReceivedRun | undefined {
  try {
    return { ...message, run: hookMessageSchema.parse(parseJson(message.body)) };
  } catch {
    return undefined;
  }
}

export function createRunSlots(dependencies: Dependencies): RunSlots {
  const { concurrency, queue, runHook, kill, onChange, now, log } = dependencies;
  const pool = createSlotPool(concurrency);
  const inHand = new Map<Promise<void>, ReceivedMessage>();
  /** Which message each delivery in hand came with, and which round and retry it is. */
  const holders = new Map<
    string,
    { readonly messageId: string; readonly run: HookMessage; readonly ended: Promise<void> }
  >();
  /** When the latest scripts ended, the oldest first. */
  const endedAt: number[] = [];
  let endedCount = 0;
  /** Messages in hand whose scripts were not begun yet. */
  let pending = 0;

  const slots: Parameters<RunHook>[1] = {
    take: () => pool.take(),
    giveBack(slot) {
      endedCount += 1;
      endedAt.push(now());
      if (endedAt.length > aheadMax) endedAt.shift();
      pool.giveBack(slot);
      onChange();
    },
  };

  const handBack = async (message: ReceivedMessage, delaySeconds: number): Promise<void> => {
    try {
      await queue.release(message.receiptHandle, delaySeconds);
    } catch (error) {
      // It comes back by itself when its hold runs out.
      log.warn('message not handed back', { message_id: message.messageId, error });
    }
  };

  const runIt = async (received: ReceivedRun): Promise<void> => {
    let isPending = true;
    const begun = (): void => {
      if (isPending) pending -= 1;
      isPending = false;
      onChange();
    };
    pending += 1;
    try {
      await runHook(
        received,
        {
          ...slots,
          async take() {
            const slot = await slots.take();
            begun();
            return slot;
          },
        },
        kill,
      );
    } finally {
      begun();
    }
  };

  const work = async (message: ReceivedMessage): Promise<void> => {
    const received = parseMessage(message);
    if (received === undefined) {
      // Our own fault: at once, so that it reaches the dead-letter queue and its alarm soon.
      log.error('message is not valid', { message_id: message.messageId });
      await handBack(message, 0);
      return;
    }
    const deliveryId = deliveryIdOf(received);
    const { run } = received;
    for (let holder = holders.get(deliveryId); holder !== undefined; holder = holders.get(deliveryId)) {
      if (!isFurther(run, holder.run) && holder.messageId !== message.messageId) {
        // Queued twice, since its event came twice: the other one sees it through.
        await queue.remove(message.receiptHandle);
        return;
      }
      // Asked for anew, or its retry came, before it had ended: one after the other. So for the very same message that
      // comes again: it was handed back and is to run at once, or its hold ran out and the ledger will know its end.
      await holder.ended;
    }
    const ended = Promise.withResolvers<void>();
    holders.set(deliveryId, { messageId: message.messageId, run, ended: ended.promise });
    try {
      await runIt(received);
    } catch (error) {
      log.error('run failed through the worker', {
        delivery_id: deliveryId,
        message_id: message.messageId,
        error,
      });
      await handBack(message, handBackSeconds(message));
    } finally {
      holders.delete(deliveryId);
      ended.resolve();
    }
  };

  return {
    wanted() {
      const ahead = endedAt.filter((at) => now() - at < aheadMs).length;
      const room = concurrency + ahead - inHand.size;
      // Few at a time are dear: with enough to do it waits until a whole batch has room.
      return room >= queueBatchEntriesMax || pending < concurrency ? Math.max(0, room) : 0;
    },
    isEmpty: () => inHand.size === 0,
    countEnded: () => endedCount,
    held: () => Array.from(inHand.values(), ({ receiptHandle }) => receiptHandle),
    begin(message) {
      const run = work(message)
        .catch((error: unknown) => log.error('message could not be worked on', { error }))
        .finally(() => {
          inHand.delete(run);
          onChange();
        });
      inHand.set(run, message);
    },
    close: () => pool.close(),
    async allEnded() {
      await Promise.all(inHand.keys());
    },
  };
}
