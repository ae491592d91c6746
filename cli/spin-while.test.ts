import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { spinWhile } from './spin-while.ts';
import { createTerminal } from './terminal.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(isTTY: boolean) {
  const written: string[] = [];
  const stream = {
    write: (text: string | Uint8Array) => {
      written.push(String(text));
      return true;
    },
    isTTY,
  };
  return { written, terminal: createTerminal({ stdout: stream, stderr: stream }, {}) };
}

test('a terminal sees how long it takes, and nothing of it afterwards', async () => {
  const { written, terminal } = open(true);
  const done = Promise.withResolvers<string>();
  const spun = spinWhile({ terminal, now: Date.now }, 'hk_1 runs', () => done.promise);
  await vi.advanceTimersByTimeAsync(12_050);
  expect(written.at(-1)).toContain('hk_1 runs: 12 s');
  expect(new Set(written).size).toBeGreaterThan(100);
  done.resolve('result');
  await expect(spun).resolves.toBe('result');
  const shown = written.length;
  await vi.advanceTimersByTimeAsync(1000);
  expect(written).toHaveLength(shown);
  expect(written.at(-1)).toBe('\r\u001B[2K');
});

test('a pipe sees nothing of it', async () => {
  const { written, terminal } = open(false);
  const done = Promise.withResolvers<void>();
  const spun = spinWhile({ terminal, now: Date.now }, 'hk_1 runs', () => done.promise);
  await vi.advanceTimersByTimeAsync(5000);
  done.reject(new Error('failed'));
  await expect(spun).rejects.toThrow('failed');
  expect(written).toEqual([]);
});
