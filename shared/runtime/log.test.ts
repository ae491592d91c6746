import { expect, test } from 'vitest';
import { createLog } from './log.ts';

test('a line is one JSON object with level, time, function, message and fields', () => {
  const lines: string[] = [];
  createLog('send-webhook', (line) => lines.push(line)).info('delivery attempted', { status: 200 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    function: 'send-webhook',
    message: 'delivery attempted',
    status: 200,
  });
});

test('an error is told with its stack and the causes behind it', () => {
  const lines: string[] = [];
  const error = new Error('outer', { cause: new TypeError('inner') });
  createLog('f', (line) => lines.push(line)).error('failed', { error });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    error: {
      name: 'Error',
      message: 'outer',
      stack: error.stack,
      cause: { name: 'TypeError', message: 'inner' },
    },
  });
});
