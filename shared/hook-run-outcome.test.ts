import { describe, expect, it } from 'vitest';
import type { Attempt } from './delivery.ts';
import {
  decideRunOutcome,
  stateAfterWorkerStop,
  statusOf,
  toRunAttempt,
  toWorkerStopAttempt,
} from './hook-run-outcome.ts';
import type { RunResult } from './hook-run-outcome.ts';

const ran = { stdout: Buffer.from('out'), stderr: Buffer.from('err'), durationMs: 12 };
const stop: Attempt = { at: '2026-11-22T10:00:00.000Z', duration_ms: 1, error_class: 'worker_stopped' };
const first = { attempts: [stop], retriesMade: 0, retrying: { retry_count: 3 }, random: 0 };
const startedAt = Date.parse('2026-11-22T10:00:00.000Z');

describe('how a run ends', () => {
  const table: [string, RunResult, object, string, string][] = [
    ['exit code 0', { ...ran, kind: 'exited', exitCode: 0 }, { exit_code: 0 }, 'delivered', 'success'],
    [
      'exit code 3',
      { ...ran, kind: 'exited', exitCode: 3 },
      { exit_code: 3, error: 'exit code 3', error_class: 'exit_code' },
      'exhausted',
      'failed',
    ],
    [
      'a signal',
      { ...ran, kind: 'killed', signal: 'SIGSEGV' },
      { error: 'killed by SIGSEGV', error_class: 'killed' },
      'exhausted',
      'failed',
    ],
    [
      'a timeout',
      { ...ran, kind: 'timed_out', timeoutSeconds: 30 },
      { error: 'timeout after 30 s', error_class: 'timeout' },
      'exhausted',
      'timeout',
    ],
    [
      'no start',
      { ...ran, kind: 'not_started', problem: 'there is no /bin/nope' },
      { error: 'there is no /bin/nope', error_class: 'not_started' },
      'exhausted',
      'failed',
    ],
    [
      'the end of the worker',
      { ...ran, kind: 'stopped' },
      { error: 'worker stopped: it had to end before the script did', error_class: 'worker_stopped' },
      'handed_back',
      'failed',
    ],
  ];
  it.each(table)(
    '%s is written down with its output and decides the state',
    (_, result, end, state, status) => {
      expect(toRunAttempt(result, startedAt)).toEqual({
        at: '2026-11-22T10:00:00.000Z',
        duration_ms: 12,
        stdout: 'out',
        stderr: 'err',
        stdout_truncated: false,
        stderr_truncated: false,
        ...end,
      });
      expect(decideRunOutcome(result, { ...first, attempts: [] })).toEqual({ state });
      expect(statusOf(result)).toBe(status);
    },
  );

  it('cuts output at a character border and marks the stream that was cut', () => {
    const long = Buffer.from(`${'x'.repeat(4095)}ä`);
    const attempt = toRunAttempt({ ...ran, kind: 'exited', exitCode: 0, stdout: long }, startedAt);
    expect(attempt.stdout).toBe('x'.repeat(4095));
    expect(attempt.stdout_truncated).toBe(true);
    expect(attempt.stderr_truncated).toBe(false);
  });

  it.each([
    ['75, the first time', 75, {}, { state: 'retrying', delaySeconds: 2 }],
    ['75, the third time', 75, { retriesMade: 2 }, { state: 'retrying', delaySeconds: 8 }],
    ['75, with jitter', 75, { retriesMade: 2, random: 0.999 }, { state: 'retrying', delaySeconds: 10 }],
    ['75, once the schedule is used up', 75, { retriesMade: 3 }, { state: 'exhausted' }],
    [
      '75, by a schedule of its own',
      75,
      { retriesMade: 1, retrying: { retry_count: 0, retry_schedule: [1, 7] } },
      { state: 'retrying', delaySeconds: 7 },
    ],
    ['75, in a test', 75, { retrying: undefined }, { state: 'exhausted' }],
    ['78', 78, {}, { state: 'refused' }],
    ['1', 1, {}, { state: 'exhausted' }],
    ['255', 255, {}, { state: 'exhausted' }],
  ])('exit code %s decides what follows', (_, exitCode, options, outcome) => {
    expect(decideRunOutcome({ ...ran, kind: 'exited', exitCode }, { ...first, ...options })).toEqual(outcome);
  });

  it.each([
    [1, 'retrying'],
    [2, 'retrying'],
    [3, 'exhausted'],
    [4, 'exhausted'],
  ])('a run whose worker ended %i times is %s', (stops, state) => {
    const failedOtherwise: Attempt = { at: stop.at, duration_ms: 1, error: 'exit code 1' };
    expect(stateAfterWorkerStop([failedOtherwise, ...Array.from({ length: stops }, () => stop)])).toBe(state);
  });

  it('tells of a worker that died without a word', () => {
    expect(toWorkerStopAttempt('2026-11-22T10:00:00.000Z', 'OutOfMemoryError', startedAt + 250)).toEqual({
      at: '2026-11-22T10:00:00.000Z',
      duration_ms: 250,
      error: 'worker stopped: OutOfMemoryError',
      error_class: 'worker_stopped',
    });
  });
});
