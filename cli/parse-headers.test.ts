import { expect, test } from 'vitest';
import { UsageError } from './exit-codes.ts';
import { parseHeaders } from './parse-headers.ts';

test.each([
  ['lines', 'Webhook-Id: evt_1\nwebhook-signature:  v1,a v1,b \n'],
  [
    'a whole head',
    'POST /hook HTTP/1.1\r\nHost: x\r\nWebhook-Id: evt_1\r\nwebhook-signature: v1,a v1,b\r\n\r\n',
  ],
  ['what curl -v shows', '> POST / HTTP/1.1\n> Webhook-Id: evt_1\n> webhook-signature: v1,a v1,b\n'],
  ['JSON', '{"webhook-id": "evt_1", "webhook-signature": "v1,a v1,b"}'],
])('headers are read from %s', (_what, text) => {
  expect(parseHeaders(text)).toMatchObject({ 'webhook-id': 'evt_1', 'webhook-signature': 'v1,a v1,b' });
});

test.each(['{"a": 1}', '{'])('%s is refused', (text) => {
  expect(() => parseHeaders(text)).toThrow(UsageError);
});
