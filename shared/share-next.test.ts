import { expect, test } from 'vitest';
import { shareNext } from './share-next.ts';

function loads() {
  const begun: PromiseWithResolvers<number>[] = [];
  const load = shareNext<number>(() => {
    const one = Promise.withResolvers<number>();
    begun.push(one);
    return one.promise;
  });
  return { begun, load };
}

test('who asks while a load is under way gets one that began later, shared with others', async () => {
  const { begun, load } = loads();
  const [first, second, third] = [load('a'), load('a'), load('a')];
  expect(begun).toHaveLength(1);
  begun[0]?.resolve(1);
  await expect(first).resolves.toBe(1);
  await Promise.resolve();
  expect(begun).toHaveLength(2);
  begun[1]?.resolve(2);
  await expect(Promise.all([second, third])).resolves.toEqual([2, 2]);
});

test('keys do not wait for each other', () => {
  const { begun, load } = loads();
  void load('a');
  void load('b');
  expect(begun).toHaveLength(2);
});

test('a load that fails fails its own callers alone', async () => {
  const { begun, load } = loads();
  const first = load('a');
  const second = load('a');
  begun[0]?.reject(new Error('down'));
  await expect(first).rejects.toThrow('down');
  await Promise.resolve();
  begun[1]?.resolve(2);
  await expect(second).resolves.toBe(2);
});

test('after a load has ended the next caller starts one at once', async () => {
  const { begun, load } = loads();
  const first = load('a');
  begun[0]?.resolve(1);
  await first;
  void load('a');
  expect(begun).toHaveLength(2);
});
