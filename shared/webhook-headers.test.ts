import * as fc from 'fast-check';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  customHeadersMax,
  findHeaderNameProblem,
  findHeaderValueProblem,
  headersSchema,
  headerNameCharactersMax,
  headerValueCharactersMax,
  readHeaders,
  renderHeaders,
  sendableHeaders,
} from './webhook-headers.ts';

const names: readonly (readonly [string, RegExp | undefined])[] = [
  ['Authorization', undefined],
  ['X-Api-Key', undefined],
  ['Cookie', undefined],
  ['x', undefined],
  ["!#$%&'*+-.^_`|~09", undefined],
  ['constructor', undefined],
  ['toString', undefined],
  ['x'.repeat(headerNameCharactersMax), undefined],
  ['x'.repeat(headerNameCharactersMax + 1), /is longer than 64 characters/],
  ['', /is no header name/],
  [' ', /is no header name/],
  ['x y', /is no header name/],
  ['x:', /is no header name/],
  [':authority', /is no header name/],
  ['x\r\ny', /is no header name/],
  ['x\0', /is no header name/],
  ['größe', /is no header name/],
  ['x(y)', /is no header name/],
  ['"x"', /is no header name/],
  ['__proto__', /is no header name that can be kept/],
  ['content-type', /is set by us/],
  ['Content-Type', /is set by us/],
  ['CONTENT-LENGTH', /is set by us/],
  ['content-encoding', /is set by us/],
  ['User-Agent', /is set by us/],
  ['webhook-id', /is set by us/],
  ['Webhook-Anything', /is set by us/],
  ['X-Sublarr-Event', /is set by us/],
  ['x-sublarr-x', /is set by us/],
  ['x-sublarr', undefined],
  ['webhook', undefined],
  ['Host', /belongs to the connection/],
  ['connection', /belongs to the connection/],
  ['Keep-Alive', /belongs to the connection/],
  ['Proxy-Authorization', /belongs to the connection/],
  ['proxy-connection', /belongs to the connection/],
  ['TE', /belongs to the connection/],
  ['Trailer', /belongs to the connection/],
  ['Transfer-Encoding', /belongs to the connection/],
  ['Upgrade', /belongs to the connection/],
  ['HTTP2-Settings', /belongs to the connection/],
  ['Expect', /belongs to the connection/],
];
test.each(names)('the header name %j: %s', (name, problem) => {
  if (problem === undefined) expect(findHeaderNameProblem(name)).toBeUndefined();
  else expect(findHeaderNameProblem(name)).toMatch(problem);
});

const values: readonly (readonly [unknown, RegExp | undefined])[] = [
  ['Bearer eyJhbGciOi.x-y_z=', undefined],
  ['x', undefined],
  ['a b\tc', undefined],
  ['größer ¡ ÿ', undefined],
  ['x'.repeat(headerValueCharactersMax), undefined],
  ['x'.repeat(headerValueCharactersMax + 1), /is longer than 2048 characters/],
  ['', /must be visible/],
  [' ', /must be visible/],
  [' x', /must be visible/],
  ['x ', /must be visible/],
  ['x\t', /must be visible/],
  ['\u00a0x', /must be visible/],
  ['x\ry', /must be visible/],
  ['x\ny', /must be visible/],
  ['x\r\nwebhook-id: forged', /must be visible/],
  ['x\n', /must be visible/],
  ['x\0y', /must be visible/],
  ['x\u007fy', /must be visible/],
  ['x\u0085y', /must be visible/],
  ['€', /must be visible/],
  ['\u010a', /must be visible/],
  [5, /must be a string/],
  [null, /must be a string/],
  [['x'], /must be a string/],
];
test.each(values)('the header value %j: %s', (value, problem) => {
  if (problem === undefined) expect(findHeaderValueProblem(value)).toBeUndefined();
  else expect(findHeaderValueProblem(value)).toMatch(problem);
});

test('whatever is taken, Node sends as it is: the rules are no looser than those of HTTP', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
      if (findHeaderNameProblem(name) === undefined) expect(() => validateHeaderName(name)).not.toThrow();
      if (findHeaderValueProblem(value) === undefined) {
        expect(() => validateHeaderValue('x', value)).not.toThrow();
        expect(Buffer.from(value, 'latin1').toString('latin1')).toBe(value);
        expect(value.trim()).toBe(value);
      }
    }),
  );
});

describe('the headers of a request', () => {
  const schema = z.strictObject({ headers: headersSchema });
  const problemsOf = (headers: unknown) =>
    schema.safeParse({ headers }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test('come back as they were given', () => {
    const headers = { Authorization: 'Bearer x', 'X-Size': 'größer' };
    expect(schema.parse({ headers })).toEqual({ headers });
    expect(schema.parse({ headers: {} })).toEqual({ headers: {} });
  });

  test('that are wrong are all named with their place, and no value is repeated', () => {
    const problems = problemsOf({ Host: 'hidden', 'X-A': 'hidden\n', 'X-B': 'fine', 'X-C': 5 });
    expect(problems).toEqual([
      expect.stringMatching(/^headers\.Host: belongs to the connection/),
      expect.stringMatching(/^headers\.X-A: must be visible/),
      expect.stringMatching(/^headers\.X-C: must be a string/),
    ]);
    expect(problems?.join()).not.toContain('hidden');
  });

  test('may not differ by case alone', () => {
    expect(problemsOf({ 'X-A': '1', 'x-a': '2' })).toEqual([
      expect.stringMatching(/^headers\.x-a: is given twice/),
    ]);
  });

  test('are not lost under the name __proto__, but refused', () => {
    expect(problemsOf(JSON.parse('{"__proto__": "x"}'))).toEqual([
      expect.stringMatching(/^headers\.__proto__: /),
    ]);
  });

  test('are at most twenty', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'x']));
    expect(problemsOf(many(customHeadersMax))).toBeUndefined();
    expect(problemsOf(many(customHeadersMax + 1))).toEqual(['headers: holds more than 20 headers']);
  });

  test.each([['text'], [5], [true], [['x']], [null], [undefined]])('cannot be %j', (headers) => {
    expect(problemsOf(headers)).toEqual(['headers: must be an object of names and values']);
  });
});

describe('stored headers', () => {
  test('are read as they were rendered', () => {
    const headers = { Authorization: 'Bearer x', 'x-a': 'ÿ"\\' };
    expect(readHeaders(renderHeaders(headers))).toEqual(headers);
  });

  test.each(['', 'secret text', '[]', '{"secret":1}', '"secret"'])(
    'that are broken (%j) are an error that repeats nothing of them',
    (text) => {
      expect(() => readHeaders(text)).toThrow(/^what was sealed as headers is no JSON of names and values$/);
    },
  );

  test('are sent only as far as the rules of now allow', () => {
    const stored = { Authorization: 'Bearer x', Host: 'x', 'Webhook-Id': 'x', 'X-A': 'x\r\ny', 'a b': 'x' };
    expect(sendableHeaders(stored)).toEqual({ Authorization: 'Bearer x' });
  });
});
