import { expect, test } from 'vitest';
import { mergeInFlight } from './merge-in-flight.ts';

/** Writes that end when the test says so. */
function slowWrites() {
  const written: { key: string; value: number; end: (error?: Error) => void }[] = [];
  const add = mergeInFlight<number>(
    (key, value) =>
      new Promise((resolve, reject) => {
        written.push({ key, value, end: (error) => (error ? reject(error) : resolve()) });
      }),
    (earlier, later) => earlier + later,
  );
  return { written, add };
}

test('values that come during a write are written together after it, and nothing is lost', async () => {
  const { written, add } = slowWrites();
  const all = [add('a', 1), add('a', 2), add('a', 3)];
  expect(written.map(({ value }) => value)).toEqual([1]);
  written[0]?.end();
  await all[0];
  expect(written.map(({ value }) => value)).toEqual([1, 5]);
  written[1]?.end();
  await Promise.all(all);
});

test('keys do not wait for each other', async () => {
  const { written, add } = slowWrites();
  const all = [add('a', 1), add('b', 2)];
  expect(written.map(({ key }) => key)).toEqual(['a', 'b']);
  for (const { end } of written) end();
  await Promise.all(all);
});

test('a failed write is told to those whose values it held, and the next one goes on', async () => {
  const { written, add } = slowWrites();
  const first = add('a', 1);
  const second = add('a', 2);
  written[0]?.end(new Error('throttled'));
  await expect(first).rejects.toThrow('throttled');
  written[1]?.end();
  await expect(second).resolves.toBeUndefined();
  const third = add('a', 3);
  written[2]?.end();
  await third;
});
