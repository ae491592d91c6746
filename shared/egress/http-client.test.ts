import * as undici from 'undici';
import requestOf from 'undici/lib/api/api-request.js';
import { expect, test } from 'vitest';
import { Agent, buildConnector, errors, request } from './http-client.ts';

test('the parts are the very ones that undici itself exports', () => {
  expect(Agent).toBe(undici.Agent);
  expect(buildConnector).toBe(undici.buildConnector);
  expect(errors).toBe(undici.errors);
  expect(requestOf).toBe(undici.Dispatcher.prototype.request);
});

test.each(['', 'no url', '/relative'])('%j is refused as no URL', (url) => {
  expect(() => request(new Agent(), url, { method: 'GET' })).toThrow(TypeError);
});
