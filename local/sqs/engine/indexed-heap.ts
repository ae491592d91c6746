/** What a heap can keep. `place` belongs to the heap: its index there, or -1 while it is in none. */
export interface HeapItem {
  place: number;
}

/** A binary heap whose items can be taken out or moved in O(log n), wherever they are. */
export interface IndexedHeap<T extends HeapItem> {
  first(): T | undefined;
  add(item: T): void;
  remove(item: T): void;
  /** To be called after the item's rank changed. */
  reorder(item: T): void;
  clear(): void;
}

/** Makes a heap ordered by `comesBefore`. An item may be in one heap at a time. */
export function createIndexedHeap<T extends HeapItem>(
  comesBefore: (one: T, other: T) => boolean,
): IndexedHeap<T> {
  let items: T[] = [];

  const put = (item: T, place: number) => {
    items[place] = item;
    item.place = place;
  };

  const siftUp = (item: T) => {
    let place = item.place;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = items[parentPlace];
      if (parent === undefined || !comesBefore(item, parent)) break;
      put(parent, place);
      place = parentPlace;
    }
    put(item, place);
  };

  const siftDown = (item: T) => {
    let place = item.place;
    for (;;) {
      const left = items[2 * place + 1];
      const right = items[2 * place + 2];
      const child = left !== undefined && right !== undefined && comesBefore(right, left) ? right : left;
      if (child === undefined || !comesBefore(child, item)) break;
      const childPlace = child.place;
      put(child, place);
      place = childPlace;
    }
    put(item, place);
  };

  const reorder = (item: T) => {
    siftUp(item);
    siftDown(item);
  };

  return {
    first: () => items[0],
    add(item) {
      put(item, items.length);
      siftUp(item);
    },
    remove(item) {
      const { place } = item;
      if (items[place] !== item) return;
      item.place = -1;
      const last = items.pop();
      if (last === undefined || last === item) return;
      put(last, place);
      reorder(last);
    },
    reorder,
    clear() {
      for (const item of items) item.place = -1;
      items = [];
    },
  };
}
