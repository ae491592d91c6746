import { describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { parseFields } from './parse-request.ts';
import { createWebhookSchema, readSubscription, updateWebhookSchema } from './webhook-fields.ts';

const fields = { name: 'Library', event_name: 'config_updated', url: 'https://receiver.example/' };

function refuse(schema: typeof createWebhookSchema | typeof updateWebhookSchema, value: unknown): ApiError {
  try {
    parseFields(schema, value);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(value)} was taken`);
}

/** What is wrong with a field in both requests: its name, its value, and what the message says. */
const malformed: readonly (readonly [string, unknown, RegExp])[] = [
  ['name', '', /name/],
  ['name', '   ', /name/],
  ['name', 'x'.repeat(201), /name/],
  ['name', 5, /name/],
  ['name', null, /name/],
  ['event_name', 'nope', /"nope" is no catalog event; known: subtitle_downloaded, .* or \* for all/],
  ['event_name', 'hook_executed', /reaches live viewers only/],
  ['event_name', '', /"" is no catalog event/],
  ['event_name', 5, /event_name/],
  ['url', 'receiver.example', /is not a URL/],
  ['url', '/hook', /is not a URL/],
  ['url', '', /is not a URL/],
  ['url', 'ftp://receiver.example/', /http or https URL, not ftp:/],
  ['url', 'file:///etc/passwd', /http or https URL, not file:/],
  ['url', 'javascript:alert(1)', /http or https URL/],
  ['url', 'https://user:pass@receiver.example/', /user name or password/],
  ['url', 'https://user@receiver.example/', /user name or password/],
  ['url', `https://receiver.example/${'x'.repeat(2048)}`, /url/],
  ['url', 5, /url/],
  ['secret', 'short', /secret/],
  ['secret', 'x'.repeat(257), /secret/],
  ['secret', 'whsec_notbase64!', /24 to 64 bytes/],
  ['secret', 5, /secret/],
  ['retry_count', -1, /retry_count/],
  ['retry_count', 21, /retry_count/],
  ['retry_count', 1.5, /retry_count/],
  ['retry_count', '3', /retry_count/],
  ['timeout_seconds', 0, /timeout_seconds/],
  ['timeout_seconds', 31, /timeout_seconds/],
  ['timeout_seconds', null, /timeout_seconds/],
  ['enabled', 'yes', /enabled/],
  ['enabled', 1, /enabled/],
  ['colour', 'red', /colour: is not a field of this resource/],
];
describe.each([
  ['creating', createWebhookSchema],
  ['changing', updateWebhookSchema],
])('%s', (_what, schema) => {
  test.each(malformed)('refuses %s %j and names the field', (field, value, message) => {
    const error = refuse(schema, { ...fields, [field]: value });
    expect(error.status).toBe(422);
    expect(error.message).toMatch(message);
    expect(error.details.map((detail) => detail.field)).toEqual([field]);
  });

  test.each([
    [[], /event_names/],
    [['config_updated', 'nope'], /event_names\[1\]: "nope"/],
    [['hook_executed'], /event_names\[0\]/],
    ['config_updated', /event_names/],
  ])('refuses the event_names %j and names the place', (event_names, message) => {
    const { event_name: _, ...others } = fields;
    expect(refuse(schema, { ...others, event_names }).message).toMatch(message);
  });

  test('refuses both forms when they differ: none wins silently', () => {
    const error = refuse(schema, { ...fields, event_names: ['batch_complete'] });
    expect(error.details).toEqual([
      { field: 'event_names', message: 'differs from event_name: give one of the two' },
    ]);
  });

  test('names every field that is wrong at once', () => {
    const error = refuse(schema, { ...fields, name: '', retry_count: -1, colour: 'red' });
    expect(error.details.map(({ field }) => field).sort()).toEqual(['colour', 'name', 'retry_count']);
  });

  test.each(['text', 5, null, [], true])('refuses %j, which is no object', (value) => {
    expect(refuse(schema, value).status).toBe(422);
  });
});

test('creating fills in what is left out', () => {
  expect(parseFields(createWebhookSchema, fields)).toEqual({
    ...fields,
    retry_count: 3,
    timeout_seconds: 10,
    enabled: true,
  });
});

test.each(['name', 'url', 'event_name'] as const)('creating needs %s', (field) => {
  const error = refuse(createWebhookSchema, { ...fields, [field]: undefined });
  expect(error.details.map((detail) => detail.field)).toEqual([field]);
});

test.each(['id', 'trigger_count', 'created_at', 'tenant'])('creating takes no %s', (field) => {
  expect(refuse(createWebhookSchema, { ...fields, [field]: 'x' }).message).toContain(
    `${field}: is not a field`,
  );
});

test('changing fills in nothing: what is left out stays', () => {
  expect(parseFields(updateWebhookSchema, {})).toEqual({});
});

test.each([
  [{}, undefined],
  [{ event_name: null }, undefined],
  [{ event_name: 'config_updated' }, ['config_updated']],
  [{ event_name: '*' }, ['*']],
  [{ event_names: ['a', 'b', 'a'] }, ['a', 'b']],
  [{ event_names: ['a', '*'] }, ['*']],
  [{ event_name: null, event_names: ['a'] }, ['a']],
])('%j subscribes to %j', (given, names) => {
  expect(readSubscription(given)).toEqual(names);
});
