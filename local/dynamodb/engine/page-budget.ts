// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
const pageBytesMax = 1024 * 1024;
// An item's JSON is never shorter than the item, and a UTF-16 unit never longer than three bytes.
const bytesPerUnitMax = 3;

/** Adds up what a page has read. Items are measured only when the page may be full, or when its size is asked. */
export function createPageBudget(bytesOf: (text: string) => number): {
  add(text: string): void;
  isFull(): boolean;
  bytes(): number;
} {
  let measured = 0;
  let unmeasured: string[] = [];
  let unmeasuredMax = 0;
  const bytes = (): number => {
    for (const text of unmeasured) measured += bytesOf(text);
    unmeasured = [];
    unmeasuredMax = 0;
    return measured;
  };
  return {
    add(text) {
      unmeasured.push(text);
      unmeasuredMax += text.length * bytesPerUnitMax;
    },
    isFull: () => measured + unmeasuredMax >= pageBytesMax && bytes() >= pageBytesMax,
    bytes,
  };
}
