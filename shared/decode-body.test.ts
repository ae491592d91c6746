import { expect, test } from 'vitest';
import { decodeBody } from './decode-body.ts';

const text = '{"title":"Pokémon"}';

test.each([
  ['UTF-8, told of nothing', undefined, Buffer.from(text)],
  ['UTF-8 by its type', 'application/json', Buffer.from(text)],
  ['UTF-8 with a byte order mark', 'application/json; charset=utf-8', Buffer.from(`\ufeff${text}`)],
  ['ISO 8859-1', 'application/json;charset="ISO-8859-1"', Buffer.from(text, 'latin1')],
  ['UTF-16', 'application/json; charset=utf-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
])('a body is read as %s', (_what, contentType, bytes) => {
  expect(decodeBody(bytes, contentType)).toBe(text);
});

test('a charset that nobody knows is a 400 that names it', () => {
  expect(() => decodeBody(Buffer.from(text), 'application/json; charset=klingon')).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining('"klingon"') }),
  );
});
