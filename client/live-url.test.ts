import { expect, test } from 'vitest';
import { findLiveUrl } from './live-url.ts';

test.each([
  ['http://127.0.0.1:8484', undefined, 'ws://127.0.0.1:8484/live'],
  ['https://box.example/', undefined, 'wss://box.example/live'],
  ['https://abc.example', 'wss://def.example/live', 'wss://def.example/live'],
  ['https://abc.example', 'https://def.example/live', 'wss://def.example/live'],
])('the stream of %s, told %s, is %s', (api, told, expected) => {
  expect(findLiveUrl(new URL(api), told).href).toBe(expected);
});

test.each(['', 'live', 'ftp://x/live'])('%j is refused', (told) => {
  expect(() => findLiveUrl(new URL('http://x'), told)).toThrow(TypeError);
});
