import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIndexedHeap } from './indexed-heap.ts';

describe('an indexed heap', () => {
  it('always has the lowest rank first, whatever was added, removed or moved', () => {
    const act = fc.record({
      kind: fc.constantFrom('add', 'remove', 'move'),
      nth: fc.nat(30),
      rank: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
        const heap = createIndexedHeap<{ rank: number; place: number }>(
          (one, other) => one.rank < other.rank,
        );
        const inHeap: { rank: number; place: number }[] = [];
        for (const { kind, nth, rank } of acts) {
          const index = nth % Math.max(inHeap.length, 1);
          const item = inHeap[index];
          if (kind === 'add' || item === undefined) {
            const added = { rank, place: -1 };
            heap.add(added);
            inHeap.push(added);
          } else if (kind === 'remove') {
            heap.remove(item);
            heap.remove(item);
            inHeap.splice(index, 1);
          } else {
            item.rank = rank;
            heap.reorder(item);
          }
          expect(heap.first()?.rank).toBe(
            inHeap.length === 0 ? undefined : Math.min(...inHeap.map((each) => each.rank)),
          );
        }
      }),
    );
  });
});
