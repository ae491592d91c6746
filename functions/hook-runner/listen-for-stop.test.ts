import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForStop } from './listen-for-stop.ts';

describe('signals', () => {
  it('ask the worker to end, and the second one to hurry', () => {
    const source = new EventEmitter();
    const stop = listenForStop(source);
    expect([stop.requested.aborted, stop.urgent.aborted]).toEqual([false, false]);
    source.emit('SIGTERM');
    expect([stop.requested.aborted, stop.urgent.aborted]).toEqual([true, false]);
    source.emit('SIGTERM');
    expect([stop.requested.aborted, stop.urgent.aborted]).toEqual([true, true]);
  });

  it('of the terminal are left to the process that started the worker', () => {
    const source = new EventEmitter();
    const stop = listenForStop(source);
    expect(source.listenerCount('SIGINT')).toBe(1);
    source.emit('SIGINT');
    expect(stop.requested.aborted).toBe(false);
  });
});
