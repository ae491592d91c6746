import type { HeapItem } from './indexed-heap.ts';

/**
 * What the engine keeps of a message in memory; body and attributes stay in the file.
 * Times are epoch milliseconds.
 */
export interface QueuedMessage extends HeapItem {
  /** The row's key, and the order of arrival. */
  readonly seq: number;
  readonly groupId: string | undefined;
  readonly sentAt: number;
  state: 'delayed' | 'visible' | 'in_flight' | 'gone';
  /** When a delayed message becomes visible, or an in-flight one again. */
  visibleAt: number;
  receiveCount: number;
  /** Receives in queues the message was in before: they do not count for this queue's redrive policy. */
  readonly receivesElsewhere: number;
  firstReceivedAt: number | undefined;
  /** Serial number of the latest receive in this process: only its receipt handle is current. 0 before any. */
  lastReceive: number;
  /** Its turn among messages without a group. */
  turn: number;
}

/** A message as it arrives: in no list yet, received by nobody of this process. */
export function queuedMessage(
  fields: Pick<QueuedMessage, 'seq' | 'groupId' | 'sentAt' | 'visibleAt'> &
    Partial<Pick<QueuedMessage, 'receiveCount' | 'receivesElsewhere' | 'firstReceivedAt'>>,
): QueuedMessage {
  return {
    receiveCount: 0,
    receivesElsewhere: 0,
    firstReceivedAt: undefined,
    ...fields,
    state: 'gone',
    lastReceive: 0,
    turn: 0,
    place: -1,
  };
}
