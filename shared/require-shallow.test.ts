import { expect, test } from 'vitest';
import { eventNestingMax } from './limits.ts';
import { requireShallow } from './require-shallow.ts';

const nested = (levels: number): Record<string, unknown> =>
  JSON.parse(`{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)}}`) as Record<string, unknown>;

test('data may be nested as deep as the limit', () => {
  expect(() => requireShallow(nested(eventNestingMax))).not.toThrow();
});

test.each([eventNestingMax + 1, 100_000])('%i levels are a 422 that tells the limit', (levels) => {
  expect(() => requireShallow(nested(levels))).toThrow(
    expect.objectContaining({ status: 422, message: expect.stringContaining(String(eventNestingMax)) }),
  );
});
