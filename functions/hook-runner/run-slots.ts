import type { ReceivedMessage, RunQueue } from '../../shared/aws/hook-run-queue.ts';
import { hookMessageSchema } from '../../shared/delivery.ts';
import { parseJson } from '../../shared/parse-request.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { deliveryIdOf } from './run-hook.ts';
import type { ReceivedRun, RunHook } from './run-hook.ts';

/** The places in which a worker runs scripts, one message each. */
export interface RunSlots {
  free(): number;
  isEmpty(): boolean;
  /** The receipt handles of the messages in hand. */
  held(): readonly string[];
  /** Works on a message in a free slot. Throws when there is none. */
  begin(message: ReceivedMessage): void;
  /** Resolves when every run that was begun has ended. */
  allEnded(): Promise<void>;
}

interface Dependencies {
  readonly concurrency: number;
  readonly queue: Pick<RunQueue, 'release' | 'remove'>;
  readonly runHook: RunHook;
  /** Ends the scripts. */
  readonly kill: AbortSignal;
  readonly onFreed: () => void;
  readonly log: Log;
}

/** A run that failed through us is tried again after this: at once would use up its receives in seconds. */
const handBackSeconds = 30;

function parseMessage(message: ReceivedMessage): ReceivedRun | undefined {
  try {
    return { ...message, run: hookMessageSchema.parse(parseJson(message.body)) };
  } catch {
    return undefined;
  }
}

export function createRunSlots(dependencies: Dependencies): RunSlots {
  const { concurrency, queue, runHook, kill, onFreed, log } = dependencies;
  const freeSlots = Array.from({ length: concurrency }, (_, slot) => slot).reverse();
  const running = new Map<Promise<void>, ReceivedMessage>();
  /** Which message each delivery in hand came with. */
  const inHand = new Map<string, string>();

  const handBack = async (message: ReceivedMessage, delaySeconds: number): Promise<void> => {
    try {
      await queue.release(message.receiptHandle, delaySeconds);
    } catch (error) {
      // It comes back by itself when its hold runs out.
      log.warn('message not handed back', { message_id: message.messageId, error });
    }
  };

  const work = async (message: ReceivedMessage, slot: number): Promise<void> => {
    const received = parseMessage(message);
    if (received === undefined) {
      // Our own fault: at once, so that it reaches the dead-letter queue and its alarm soon.
      log.error('message is not valid', { message_id: message.messageId });
      await handBack(message, 0);
      return;
    }
    const deliveryId = deliveryIdOf(received);
    const holder = inHand.get(deliveryId);
    if (holder !== undefined) {
      // Queued twice, since its event came twice: the other one sees it through. The very same message that comes
      // again while it is worked on must stay, should this worker die.
      if (holder !== message.messageId) await queue.remove(message.receiptHandle);
      return;
    }
    inHand.set(deliveryId, message.messageId);
    try {
      await runHook(received, slot, kill);
    } catch (error) {
      log.error('run failed through the worker', {
        delivery_id: deliveryId,
        message_id: message.messageId,
        error,
      });
      await handBack(message, handBackSeconds);
    } finally {
      inHand.delete(deliveryId);
    }
  };

  return {
    free: () => freeSlots.length,
    isEmpty: () => running.size === 0,
    held: () => Array.from(running.values(), ({ receiptHandle }) => receiptHandle),
    begin(message) {
      const slot = freeSlots.pop();
      if (slot === undefined) throw new Error('No slot is free: more messages came than were asked for');
      const run = work(message, slot)
        .catch((error: unknown) => log.error('message could not be worked on', { error }))
        .finally(() => {
          freeSlots.push(slot);
          running.delete(run);
          onFreed();
        });
      running.set(run, message);
    },
    async allEnded() {
      await Promise.all(running.keys());
    },
  };
}
