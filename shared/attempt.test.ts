import { expect, test } from 'vitest';
import { noon, noonMs } from '../test/builders/an-event.ts';
import { toAttempt } from './attempt.ts';
import { attemptSchema } from './delivery.ts';
import type { AttemptResult } from './retry.ts';

const cases: readonly (readonly [AttemptResult, object])[] = [
  [
    { kind: 'answered', status: 200, retryAfter: undefined, body: 'ok', durationMs: 5 },
    { status: 200, response_body: 'ok' },
  ],
  [
    { kind: 'answered', status: 500, retryAfter: '5', body: '', durationMs: 5 },
    { status: 500, response_body: '', error: 'HTTP 500' },
  ],
  [
    { kind: 'failed', errorClass: 'timeout', message: 'no answer within 10 s', durationMs: 5 },
    { error_class: 'timeout', error: 'timeout: no answer within 10 s' },
  ],
];
test.each(cases)('%j is kept as %j', (result, kept) => {
  const attempt = toAttempt(result, noonMs);
  expect(attempt).toEqual({ at: noon, duration_ms: 5, ...kept });
  expect(attemptSchema.parse(attempt)).toEqual(attempt);
});
