import { expect, test } from 'vitest';
import { readBenchOptions } from './read-options.ts';

const all = ['throughput', 'latency', 'soak'];

test('without a name every benchmark runs, the soak for ten minutes', () => {
  expect(readBenchOptions([], all)).toEqual({
    kind: 'run',
    options: { names: all, minutes: 10, profileDir: undefined },
  });
});

test('named benchmarks run in the usual order', () => {
  expect(readBenchOptions(['soak', 'throughput', '--minutes', '0.5', '--profile', 'p'], all)).toEqual({
    kind: 'run',
    options: { names: ['throughput', 'soak'], minutes: 0.5, profileDir: 'p' },
  });
});

test.each([
  [['speed'], 'There is no benchmark "speed"'],
  [['--minutes', '0'], '--minutes must be a number'],
  [['--minutes', 'ten'], '--minutes must be a number'],
  [['--fast'], '--fast'],
])('%j is refused and says why', (args, problem) => {
  expect(readBenchOptions(args, all)).toMatchObject({
    kind: 'invalid',
    problem: expect.stringContaining(problem),
  });
});
