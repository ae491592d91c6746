import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepFresh } from './keep-fresh.ts';

const keepMs = 100;

function loading() {
  let now = 1_000;
  const loads: { key: string; at: number }[] = [];
  const get = keepFresh(
    async (key) => {
      const load = { key, at: now };
      loads.push(load);
      return load;
    },
    keepMs,
    () => now,
  );
  return {
    get,
    loads,
    pass: (ms: number) => {
      now += ms;
    },
    now: () => now,
  };
}

describe('what was loaded', () => {
  test('is answered from memory for a while and then loaded again', async () => {
    const { get, loads, pass } = loading();
    await get('a');
    pass(keepMs - 1);
    await get('a');
    expect(loads).toHaveLength(1);
    pass(1);
    await get('a');
    expect(loads).toHaveLength(2);
  });

  test('is never older than it may be, nor older than the caller can bear', async () => {
    const steps = fc.record({
      pass: fc.nat({ max: 60 }),
      key: fc.constantFrom('a', 'b'),
      age: fc.option(fc.nat({ max: 200 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 30 }), async (sequence) => {
        const { get, pass, now } = loading();
        for (const step of sequence) {
          pass(step.pass);
          const sinceMs = step.age === undefined ? undefined : now() - step.age;
          const { key, at } = await get(step.key, sinceMs);
          expect(key).toBe(step.key);
          expect(at).toBeGreaterThan(now() - keepMs);
          expect(at).toBeGreaterThanOrEqual(sinceMs ?? 0);
        }
      }),
    );
  });

  test('in the same millisecond as the caller’s bound is loaded again: it may have been read before', async () => {
    const { get, loads, now } = loading();
    await get('a');
    await get('a', now());
    expect(loads).toHaveLength(2);
  });

  test('counts from the beginning of its load, not from its end', async () => {
    let now = 1_000;
    let loads = 0;
    const get = keepFresh(
      async () => {
        now += 50;
        return ++loads;
      },
      keepMs,
      () => now,
    );
    await get('a');
    await expect(get('a', 1_020)).resolves.toBe(2);
  });
});

describe('a load', () => {
  test('is shared by those who ask at the same time', async () => {
    const { get, loads } = loading();
    await Promise.all([get('a'), get('a'), get('b')]);
    expect(loads.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('that failed is not remembered: the next caller loads again', async () => {
    let calls = 0;
    const get = keepFresh(
      async () => {
        if (++calls === 1) throw new Error('down');
        return calls;
      },
      keepMs,
      () => 0,
    );
    await expect(get('a')).rejects.toThrow('down');
    await expect(get('a')).resolves.toBe(2);
  });

  test('is loaded again when the clock was set back', async () => {
    let calls = 0;
    let nowMs = 5_000;
    const get = keepFresh(
      async () => ++calls,
      keepMs,
      () => nowMs,
    );
    await get('a');
    nowMs = 4_999;
    await expect(get('a')).resolves.toBe(2);
  });

  test('that fails late does not forget what was loaded after it', async () => {
    const first = Promise.withResolvers<number>();
    let calls = 0;
    const get = keepFresh(
      () => (++calls === 1 ? first.promise : Promise.resolve(calls)),
      keepMs,
      () => 1_000,
    );
    const failing = get('a');
    await get('a', 2_000);
    first.reject(new Error('late'));
    await expect(failing).rejects.toThrow('late');
    await expect(get('a')).resolves.toBe(2);
    expect(calls).toBe(2);
  });
});
