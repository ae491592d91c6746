import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupInFlight } from './group-in-flight.ts';

/** Calls that end when the test says so. */
function slowCalls() {
  const calls: { values: readonly number[]; end: (error?: Error) => void }[] = [];
  const add = groupInFlight<number, string>(
    (values) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => (error ? reject(error) : resolve(values.map(String)));
        calls.push({ values, end });
      }),
  );
  return { calls, add };
}

test('values of one turn go together, and those that come meanwhile go together after it', async () => {
  const { calls, add } = slowCalls();
  const first = [add(1), add(2)];
  await expect.poll(() => calls.length).toBe(1);
  const second = [add(3), add(4), add(5)];
  expect(calls.map(({ values }) => values)).toEqual([[1, 2]]);
  calls[0]?.end();
  expect(await Promise.all(first)).toEqual(['1', '2']);
  await expect.poll(() => calls.length).toBe(2);
  expect(calls[1]?.values).toEqual([3, 4, 5]);
  calls[1]?.end();
  expect(await Promise.all(second)).toEqual(['3', '4', '5']);
});

test('a failed call is told to those whose values it held, and the next one goes on', async () => {
  const { calls, add } = slowCalls();
  const first = add(1);
  await expect.poll(() => calls.length).toBe(1);
  const second = add(2);
  calls[0]?.end(new Error('throttled'));
  await expect(first).rejects.toThrow('throttled');
  await expect.poll(() => calls.length).toBe(2);
  calls[1]?.end();
  expect(await second).toBe('2');
});

test('every value is worked on once, in its order, and gets its own result', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 })), async (turnsBefore) => {
      const worked: number[] = [];
      const add = groupInFlight<number, number>(async (values) => {
        worked.push(...values);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        return values.map((value) => -value);
      });
      const results: Promise<number>[] = [];
      for (const [value, turns] of turnsBefore.entries()) {
        for (let turn = 0; turn < turns; turn++) {
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
        }
        results.push(add(value));
      }
      expect(await Promise.all(results)).toEqual(turnsBefore.map((_, value) => -value));
      expect(worked).toEqual(turnsBefore.map((_, value) => value));
    }),
  );
});
