import { describe, expect, it } from 'vitest';
import { OutageError, watchOutage } from './watch-outage.ts';

describe('an outage', () => {
  it('is one when failures went on for a minute, and names the service and the cause', () => {
    let nowMs = 0;
    const cause = new Error('no route');
    const watch = watchOutage('The queue', () => nowMs);
    watch.failed(cause);
    nowMs = 59_999;
    watch.failed(cause);
    nowMs = 60_000;
    expect(() => watch.failed(cause)).toThrow(OutageError);
    expect(() => watch.failed(cause)).toThrow('The queue could not be reached for 60 s');
  });

  it('is none when a success came between', () => {
    let nowMs = 0;
    const watch = watchOutage('The queue', () => nowMs);
    watch.failed('first');
    nowMs = 50_000;
    watch.succeeded();
    nowMs = 60_000;
    watch.failed('second');
    nowMs = 119_999;
    expect(() => watch.failed('third')).not.toThrow();
  });

  it('is none at the first failure after a long silence', () => {
    let nowMs = 0;
    const watch = watchOutage('The queue', () => nowMs);
    nowMs = 1_000_000;
    expect(() => watch.failed('first')).not.toThrow();
  });
});
