import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { ApiError, renderError } from './api-error.ts';
import { parseFields, parseJson } from './parse-request.ts';

const caught = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('parseJson', () => {
  test.each(['{}', '[1]', 'null', '"x"', ' {"a": 1} '])('reads %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test.each([undefined, '', ' \n'])('answers 400 to the body %j, and says to send one', (text) => {
    expect(caught(() => parseJson(text))).toMatchObject({
      status: 400,
      message: expect.stringContaining('no body'),
    });
  });

  test.each(['{', "{'a':1}", '{"a":1,}', 'undefined', '\u0000'])(
    'answers 400 to %j, and keeps the cause',
    (text) => {
      const error = caught(() => parseJson(text));
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining('not valid JSON') });
      expect((error as ApiError).cause).toBeInstanceOf(SyntaxError);
    },
  );
});

describe('parseFields', () => {
  const schema = z.strictObject({
    name: z.string(),
    list: z.array(z.strictObject({ n: z.int('must be whole') })).optional(),
  });

  test('answers the value when it fits', () => {
    expect(parseFields(schema, { name: 'x' })).toEqual({ name: 'x' });
  });

  test.each([
    [{ name: 'x', extra: 1 }, ['extra']],
    [{ name: 'x', extra: 1, other: 2 }, ['extra', 'other']],
    [{ name: 'x', list: [{ n: 1 }, { n: 1.5 }] }, ['list[1].n']],
    [{ name: 'x', list: [{ n: 1, m: 2 }] }, ['list[0].m']],
    [{}, ['name']],
    [5, ['']],
  ])('refuses %j as a 422 whose details and message name %j', (value, places) => {
    const error = caught(() => parseFields(schema, value));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, details: places.map((field) => ({ field })) });
    for (const place of places) expect((error as ApiError).message).toContain(place);
  });
});

test('an error is rendered with its details only when it has some', () => {
  expect(renderError(new ApiError('not_found', 'gone'))).toEqual({ code: 'not_found', message: 'gone' });
  expect(renderError(new ApiError('unprocessable', 'no', [{ field: 'a', message: 'b' }]))).toEqual({
    code: 'unprocessable',
    message: 'no',
    details: [{ field: 'a', message: 'b' }],
  });
});
