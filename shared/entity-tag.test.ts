import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPrecondition, createEntityTag } from './entity-tag.ts';

const tag = '"abc,d"';

describe('an entity tag', () => {
  test('is strong, quoted, and the same for the same text alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(createEntityTag(one)).toMatch(/^"[\w-]{22}"$/);
        expect(createEntityTag(one) === createEntityTag(other)).toBe(one === other);
      }),
    );
  });
});

describe('If-None-Match', () => {
  test.each([
    [tag, 'not_modified'],
    [`W/${tag}`, 'not_modified'],
    ['*', 'not_modified'],
    [' * ', 'not_modified'],
    [`"x", ${tag}`, 'not_modified'],
    [`W/"x",W/${tag},"y"`, 'not_modified'],
    ['"x"', 'holds'],
    ['"abc", "d"', 'holds'],
    ['"ABC,D"', 'holds'],
    ['abc,d', 'holds'],
    ['"*"', 'holds'],
    ['', 'holds'],
  ])('%j compares weakly: a GET is answered as %s', (condition, expected) => {
    expect(checkPrecondition('GET', { 'if-none-match': condition }, tag)).toBe(expected);
  });

  test.each(['PUT', 'DELETE'] as const)('that names what is there forbids a %s', (method) => {
    expect(checkPrecondition(method, { 'if-none-match': '*' }, tag)).toBe('failed');
    expect(checkPrecondition(method, { 'if-none-match': `W/${tag}` }, tag)).toBe('failed');
    expect(checkPrecondition(method, { 'if-none-match': '"x"' }, tag)).toBe('holds');
  });

  test('names a weak tag as it names a strong one', () => {
    expect(checkPrecondition('GET', { 'if-none-match': tag }, `W/${tag}`)).toBe('not_modified');
  });
});

describe('If-Match', () => {
  test.each([
    [tag, 'holds'],
    ['*', 'holds'],
    [`"x" , ${tag}`, 'holds'],
    [`W/${tag}`, 'failed'],
    ['"x"', 'failed'],
    ['abc,d', 'failed'],
    ['', 'failed'],
  ])('%j compares strongly: %s', (condition, expected) => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      expect(checkPrecondition(method, { 'if-match': condition }, tag)).toBe(expected);
    }
  });

  test('a weak tag is never named', () => {
    expect(checkPrecondition('PUT', { 'if-match': `W/${tag}` }, `W/${tag}`)).toBe('failed');
  });

  test('is asked before If-None-Match', () => {
    expect(checkPrecondition('GET', { 'if-match': '"x"', 'if-none-match': tag }, tag)).toBe('failed');
    expect(checkPrecondition('GET', { 'if-match': tag, 'if-none-match': tag }, tag)).toBe('not_modified');
  });
});

test('without a condition everything holds', () => {
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    expect(checkPrecondition(method, {}, tag)).toBe('holds');
  }
});

test('whatever list holds the tag names it, and a list that does not hold it does not', () => {
  const opaque = fc.string().filter((text) => !text.includes('"'));
  const one = fc.record({ weak: fc.boolean(), opaque });
  fc.assert(
    fc.property(fc.array(one), opaque, (list, current) => {
      const header = list.map(({ weak, opaque }) => `${weak ? 'W/' : ''}"${opaque}"`).join(', ');
      const isIn = list.some(({ opaque }) => opaque === current);
      const isInStrong = list.some(({ opaque, weak }) => opaque === current && !weak);
      const check = (name: string) => checkPrecondition('GET', { [name]: header }, `"${current}"`);
      expect(check('if-none-match')).toBe(isIn ? 'not_modified' : 'holds');
      expect(check('if-match')).toBe(isInStrong ? 'holds' : 'failed');
    }),
  );
});
