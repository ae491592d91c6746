import { describe, expect, test } from 'vitest';
import { readCostOptions } from './read-cost-options.ts';

describe('the command line of "npm run cost"', () => {
  test('needs nothing', () => {
    expect(readCostOptions([])).toEqual({
      kind: 'show',
      options: {
        traffic: 'tens',
        load: {
          events: 1_000_000,
          webhooks: 1,
          dataBytes: 300,
          receiverMs: 100,
          viewers: 0,
          tellsExecutions: true,
        },
      },
    });
  });

  test('takes numbers as people write them', () => {
    const args = ['--events', '5_000_000', '--webhooks=3', '--size', '2000', '--without-hook-executed'];
    expect(readCostOptions(args)).toMatchObject({
      options: { load: { events: 5_000_000, webhooks: 3, dataBytes: 2000, tellsExecutions: false } },
    });
  });

  test('explains itself', () => {
    expect(readCostOptions(['--help'])).toMatchObject({
      kind: 'help',
      text: expect.stringContaining('--events N'),
    });
  });

  test.each([
    [['--events', 'many'], '--events'],
    [['--webhooks', '-1'], '--webhooks'],
    [['--webhooks', '1.5'], '--webhooks'],
    [['--size', '300000'], '--size'],
    [['--size', ''], '--size'],
    [['--traffic', 'heavy'], 'sparse, tens, hundreds'],
    [['--speed', '1'], '--speed'],
    [['extra'], 'extra'],
  ])('%j is refused, and the reason names it', (args, named) => {
    expect(readCostOptions(args)).toMatchObject({ kind: 'invalid', problem: expect.stringContaining(named) });
  });
});
