import { expect, test } from 'vitest';
import { selectRoute } from './select-route.ts';

const routes = new Set(['$connect', '$disconnect', '$default', 'watch']);

test.each([
  ['{"action":"watch"}', ['action'], 'watch'],
  ['{"is":{"called":"watch"}}', ['is', 'called'], 'watch'],
  ['{"action":"other"}', ['action'], '$default'],
  ['{"action":"$connect"}', ['action'], '$default'],
  ['{"action":["watch"]}', ['action'], '$default'],
  ['{"toString":"watch"}', ['action'], '$default'],
  ['null', ['action'], '$default'],
  ['no JSON', ['action'], '$default'],
  ['', ['action'], '$default'],
])('the message %j goes to the route that %j names: %s', (message, path, routeKey) => {
  expect(selectRoute(message, path, routes)).toBe(routeKey);
});

test('without $default a message may have no route', () => {
  expect(selectRoute('{"action":"other"}', ['action'], new Set(['watch']))).toBeUndefined();
});
