import { describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { viewFilter } from './filter-fields.ts';
import { createHookSchema, updateHookSchema } from './hook-fields.ts';
import { filterBytesMax } from './limits.ts';
import { parseFields } from './parse-request.ts';
import { createWebhookSchema, updateWebhookSchema } from './webhook-fields.ts';

const fields = { name: 'Library', event_name: 'config_updated' };
const webhook = { ...fields, url: 'https://receiver.example/' };
const hook = { ...fields, script: 'notify.sh' };

/** A filter of exactly so many bytes as JSON, most of them not ASCII. */
const filterOfBytes = (bytes: number) => {
  const left = bytes - '{"id":[""]}'.length;
  return { id: ['é'.repeat(left / 2) + 'x'.repeat(left % 2)] };
};

describe.each([
  ['creating a webhook', (filter: unknown) => parseFields(createWebhookSchema, { ...webhook, filter })],
  ['changing a webhook', (filter: unknown) => parseFields(updateWebhookSchema, { filter })],
  ['creating a hook', (filter: unknown) => parseFields(createHookSchema, { ...hook, filter })],
  ['changing a hook', (filter: unknown) => parseFields(updateHookSchema, { filter })],
])('%s', (_, parse) => {
  test('takes a filter, and gives it back as it was', () => {
    const filter = { data: { score: [{ numeric: ['>', 0.5] }, null, ''], $or: [{ a: [1] }, { b: [2] }] } };
    expect(viewFilter(parse(filter).filter ?? undefined)).toEqual(filter);
  });

  test('takes null for none, and nothing for what was', () => {
    expect(parse(null).filter).toBeNull();
    expect(parse(undefined).filter).toBeUndefined();
    expect(viewFilter(undefined)).toBeNull();
  });

  test.each([
    [{ data: { score: [{ numeric: ['>', 'x'] }] } }, 'filter.data.score[0].numeric[1]', /not "x"/],
    [{ data: { title: [{ prefix: 'a' }, { wildcard: '**' }] } }, 'filter.data.title[1].wildcard', /stars/],
    [{ $or: [{ id: ['x'] }, { tenant: ['y'] }] }, 'filter.$or[1].tenant', /it has id, event_name/],
    [{ detail: { score: [1] } }, 'filter.detail', /it has id, event_name, version, timestamp, data/],
    [{ 'data.score': [1] }, 'filter.data.score', /no such field/],
    [{}, 'filter', /may not be empty/],
    [[], 'filter', /expected an object/],
    ['{}', 'filter', /expected an object/],
    [filterOfBytes(filterBytesMax + 1), 'filter', /has 4097 bytes as JSON; at most 4096/],
  ])('refuses %j at its place', (filter, field, message) => {
    let error: unknown;
    try {
      parse(filter);
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof ApiError)) throw new Error('it was taken');
    expect(error.status).toBe(422);
    expect(error.details).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  test('takes a filter of as many bytes as EventBridge does', () => {
    expect(Buffer.byteLength(parse(filterOfBytes(filterBytesMax)).filter ?? '')).toBe(filterBytesMax);
  });
});
