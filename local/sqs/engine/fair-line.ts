import { createIndexedHeap, type HeapItem } from './indexed-heap.ts';
import type { QueuedMessage } from './queued-message.ts';

/**
 * The visible messages of a queue in the order in which receivers get them: first the group with the fewest tens of
 * messages in flight, among equals the one that has waited longest since it was last served. So a group with
 * a long backlog does not delay another group's single message, and a batch holds few groups. A message without a
 * group is a group of its own.
 */
export interface FairLine {
  readonly size: number;
  /** The message whose turn it is, or undefined when none is visible. */
  next(): QueuedMessage | undefined;
  addLast(message: QueuedMessage): void;
  addFirst(message: QueuedMessage): void;
  remove(message: QueuedMessage): void;
  /** Tells that a message of this group came in flight. */
  started(groupId: string | undefined): void;
  /** Tells that a message of this group is no longer in flight. */
  ended(groupId: string | undefined): void;
  clear(): void;
}

interface Group extends HeapItem {
  readonly id: string | undefined;
  /** From `head` on; deleted messages stay until their turn comes, `waiting` does not count them. */
  messages: QueuedMessage[];
  head: number;
  waiting: number;
  inFlight: number;
  turn: number;
}

/** Messages of a group in one turn: as many as a receive takes at most. */
const turnLength = 10;
const tensOf = ({ inFlight }: Group): number => Math.floor(inFlight / turnLength);

/** Arrays whose served part is longer than this are cut, so that a long-lived group does not grow for ever. */
const servedMessagesKept = 1_000;

const newGroup = (id: string | undefined, turn: number): Group => ({
  id,
  messages: [],
  head: 0,
  waiting: 0,
  inFlight: 0,
  turn,
  place: -1,
});

/** Makes an empty line. */
export function createFairLine(): FairLine {
  const groups = new Map<string, Group>();
  const ready = createIndexedHeap<Group>((one, other) =>
    tensOf(one) === tensOf(other) ? one.turn < other.turn : tensOf(one) < tensOf(other),
  );
  let turns = 0;
  let size = 0;
  // All messages without a group share one list: its turn is that of its first message, and it never counts
  // messages in flight. That is what a group for each of them would come to, without a heap entry for each.
  const ungrouped = newGroup(undefined, 0);

  const groupOf = (id: string | undefined): Group => {
    if (id === undefined) return ungrouped;
    const known = groups.get(id);
    if (known !== undefined) return known;
    const group = newGroup(id, ++turns);
    groups.set(id, group);
    return group;
  };

  const dropServed = (group: Group): QueuedMessage | undefined => {
    let first = group.messages[group.head];
    while (first !== undefined && first.state !== 'visible') first = group.messages[++group.head];
    if (group.head > servedMessagesKept && group.head * 2 > group.messages.length) {
      group.messages = group.messages.slice(group.head);
      group.head = 0;
    }
    return first;
  };

  const settle = (group: Group) => {
    if (group.waiting === 0) {
      ready.remove(group);
      group.messages = [];
      group.head = 0;
      if (group.id !== undefined && group.inFlight === 0) groups.delete(group.id);
      return;
    }
    if (group === ungrouped) group.turn = dropServed(group)?.turn ?? group.turn;
    if (group.place === -1) ready.add(group);
    else ready.reorder(group);
  };

  const added = (group: Group) => {
    group.waiting++;
    size++;
    settle(group);
  };

  return {
    get size() {
      return size;
    },
    next() {
      const group = ready.first();
      return group === undefined ? undefined : dropServed(group);
    },
    addLast(message) {
      const group = groupOf(message.groupId);
      message.turn = ++turns;
      group.messages.push(message);
      added(group);
    },
    addFirst(message) {
      const group = groupOf(message.groupId);
      dropServed(group);
      if (group.head > 0) group.messages[--group.head] = message;
      else group.messages.unshift(message);
      added(group);
    },
    remove(message) {
      const group = groupOf(message.groupId);
      // A message that is received may come back to the end of the line: its old place must not stay in it.
      if (group.messages[group.head] === message) group.head++;
      group.waiting--;
      size--;
      settle(group);
    },
    started(groupId) {
      if (groupId === undefined) return;
      const group = groupOf(groupId);
      group.inFlight++;
      if (group.inFlight % turnLength === 0) group.turn = ++turns;
      settle(group);
    },
    ended(groupId) {
      if (groupId === undefined) return;
      const group = groupOf(groupId);
      group.inFlight--;
      settle(group);
    },
    clear() {
      groups.clear();
      ready.clear();
      ungrouped.messages = [];
      ungrouped.head = 0;
      ungrouped.waiting = 0;
      size = 0;
    },
  };
}
