import { describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { createHookSchema, updateHookSchema } from './hook-fields.ts';
import { parseFields } from './parse-request.ts';

const fields = { name: 'Notify', event_name: 'config_updated', script: 'notify.sh' };

function refuse(schema: typeof createHookSchema | typeof updateHookSchema, value: unknown): ApiError {
  try {
    parseFields(schema, value);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(value)} was taken`);
}

describe.each([
  ['creating', createHookSchema],
  ['changing', updateHookSchema],
])('%s', (_what, schema) => {
  test.each([
    ['script', ''],
    ['script', '../etc/passwd'],
    ['script', '.hidden'],
    ['script', 'a b'],
    ['script', 'a/b'],
    ['script', 'x'.repeat(101)],
    ['script', 5],
    ['script_sha256', 'abc'],
    ['script_sha256', 'AB'.repeat(32)],
    ['script_sha256', null],
    ['name', ' '],
    ['event_name', 'hook_executed'],
    ['event_name', 'nope'],
    ['timeout_seconds', 0],
    ['timeout_seconds', 901],
    ['timeout_seconds', '30'],
    ['enabled', null],
    ['url', 'https://x'],
    ['secret', 'x'],
  ])('refuses %s %j and names the field', (field, value) => {
    const error = refuse(schema, { ...fields, [field]: value });
    expect(error.status).toBe(422);
    expect(error.details.map((detail) => detail.field)).toEqual([field]);
    expect(error.message).toContain(field);
  });

  test('refuses both forms of the subscription when they differ', () => {
    expect(refuse(schema, { ...fields, event_names: ['batch_complete'] }).message).toContain(
      'event_names: differs',
    );
  });
});

test('creating fills in the timeout and enables', () => {
  expect(parseFields(createHookSchema, fields)).toEqual({ ...fields, timeout_seconds: 30, enabled: true });
});

test.each(['name', 'script', 'event_name'] as const)('creating needs %s', (field) => {
  const error = refuse(createHookSchema, { ...fields, [field]: undefined });
  expect(error.details.map((detail) => detail.field)).toEqual([field]);
});

test('changing takes what was read back, and fills in nothing', () => {
  expect(parseFields(updateHookSchema, {})).toEqual({});
  const readOnly = {
    id: 'hk_1',
    script_sha256: 'ab'.repeat(32),
    trigger_count: 1,
    last_status: null,
    created_at: 'x',
  };
  expect(parseFields(updateHookSchema, readOnly)).toEqual(readOnly);
});
