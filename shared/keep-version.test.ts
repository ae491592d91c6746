import { expect, test } from 'vitest';
import { keepVersion } from './keep-version.ts';

function memory(keepMs = 1000) {
  const clock = { ms: 0 };
  let loads = 0;
  const get = keepVersion(
    async (key) => `${key}${++loads}`,
    keepMs,
    () => clock.ms,
  );
  return { get, clock };
}

test('one load answers all who ask for its version or an earlier one', async () => {
  const { get } = memory();
  await expect(Promise.all([get('a', 3), get('a', 3), get('a', 2)])).resolves.toEqual(['a1', 'a1', 'a1']);
});

test('a newer version is loaded at once', async () => {
  const { get } = memory();
  await get('a', 3);
  await expect(get('a', 4)).resolves.toBe('a2');
  await expect(get('a', 3)).resolves.toBe('a2');
});

test('after its time a value is loaded again although its version is the same', async () => {
  const { get, clock } = memory();
  await get('a', 3);
  clock.ms = 1000;
  await expect(get('a', 3)).resolves.toBe('a2');
});

test('a value from a time to come, since the clock was set back, is loaded again', async () => {
  const { get, clock } = memory();
  clock.ms = 5_000;
  await get('a', 3);
  clock.ms = 4_999;
  await expect(get('a', 3)).resolves.toBe('a2');
});

test('who does not know a version gets what is there now, and nothing is remembered of it', async () => {
  const { get } = memory();
  await get('a', 3);
  await expect(get('a', undefined)).resolves.toBe('a2');
  await expect(get('a', 3)).resolves.toBe('a1');
});

test('a load that failed is tried again', async () => {
  let loads = 0;
  const get = keepVersion<number>(
    () => (++loads === 1 ? Promise.reject(new Error('down')) : Promise.resolve(loads)),
    1000,
    () => 0,
  );
  await expect(get('a', 1)).rejects.toThrow('down');
  await expect(get('a', 1)).resolves.toBe(2);
});
