import * as z from 'zod';
import { expect, test } from 'vitest';
import { readEnv } from './read-env.ts';

const schema = z.object({ TABLE: z.string().min(1), QUEUE_URL: z.string() });

test('the environment is read by the names that the schema has', () => {
  expect(readEnv(schema, { TABLE: 't', QUEUE_URL: '', OTHER: 'x' })).toEqual({ TABLE: 't', QUEUE_URL: '' });
});

test('every variable that is missing or wrong is named in one line', () => {
  expect(() => readEnv(schema, { TABLE: '' })).toThrow(
    /^The environment is not complete: TABLE: .*; QUEUE_URL: [^\n]*$/,
  );
});
