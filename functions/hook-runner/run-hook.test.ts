import { describe, expect, it } from 'vitest';
import type { FinishedRun } from '../../shared/aws/hook-table.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { Run, RunMarker } from '../../shared/aws/hook-run-ledger.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { RunResult } from '../../shared/hook-run-outcome.ts';
import type { Hook } from '../../shared/hook.ts';
import { createDelivery } from '../../shared/delivery.ts';
import { aHook, aHookMessage } from '../../test/builders/a-hook.ts';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { noPause } from '../../test/builders/fake-client.ts';
import { createRunHook } from './run-hook.ts';
import type { ScriptRun } from './run-script.ts';

const output = { stdout: Buffer.from('out'), stderr: Buffer.from(''), durationMs: 5 };
const exited = (exitCode: number): RunResult => ({ kind: 'exited', exitCode, ...output });

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });

const runOf = (fields: Partial<Run>): Run => ({
  ...createDelivery(anEvent(), { id: 'hk_01', name: 'Notify' }, { state: 'running', attempts: [] }, noonMs),
  ...fields,
});

interface Given {
  hook?: Hook | undefined;
  known?: Run;
  result?: RunResult;
  scriptIsGone?: boolean;
  /** Calls of this step that fail before one succeeds. */
  failures?: Readonly<Record<string, number>>;
  rejectsEvents?: boolean;
  nobodyListens?: boolean;
  /** The worker has to end before a slot is free. */
  noSlot?: boolean;
  /** The script takes so long that it is shown as running. */
  isLong?: boolean;
}

function setUp(given: Given = {}) {
  const steps: string[] = [];
  const rows: Run[] = [];
  const markers: RunMarker[] = [];
  const events: CatalogEvent[] = [];
  const counted: FinishedRun[] = [];
  const retries: QueueMessage[] = [];
  const scriptRuns: ScriptRun[] = [];
  const releases: [string, number][] = [];
  const failures = { ...given.failures };
  const log = collectLog();
  const step = (name: string): void => {
    if ((failures[name] ?? 0) > 0) {
      failures[name] = (failures[name] ?? 0) - 1;
      throw new Error(`${name} failed`);
    }
    steps.push(name);
  };
  const run = createRunHook({
    taskArn: 'task/1',
    queue: {
      release: async (handle, delaySeconds = 0) => {
        step('release');
        releases.push([handle, delaySeconds]);
        return true;
      },
      remove: async () => {
        step('remove');
        return true;
      },
    },
    runs: {
      find: async () => given.known,
      mark: async (_task, marker) => {
        step('mark');
        markers.push(marker);
      },
      unmark: async () => step('unmark'),
      put: async (row) => {
        step(`put ${row.state}`);
        rows.push(row);
      },
    },
    findHook: async () => ('hook' in given ? given.hook : aHook()),
    loadScript: async () =>
      given.scriptIsGone ? undefined : { file: '/tmp/script', interpreter: '/bin/sh' },
    runScript: async (scriptRun) => {
      step('run');
      scriptRuns.push(scriptRun);
      return given.result ?? exited(0);
    },
    queueRetry: async (message) => {
      step('queue retry');
      retries.push(message);
    },
    recordRun: async (_tenant, _id, finished) => {
      step('count');
      counted.push(finished);
    },
    isListenedTo: async () => given.nobodyListens !== true,
    publishEvent: async (published) => {
      step('publish');
      events.push(published);
      return given.rejectsEvents ? 'Throttled' : undefined;
    },
    path: '/usr/bin',
    // A second passes before anything else happens, or not before the script has ended.
    pause: (_ms, signal) => (signal === undefined || given.isLong ? noPause() : untilAborted(signal)),
    now: () => noonMs,
    random: () => 0,
    log,
  });
  const received = (fields = {}) => ({
    messageId: 'm1',
    receiptHandle: 'r1',
    body: '',
    receives: 1,
    run: aHookMessage(fields),
  });
  const slots = {
    take: async () => (given.noSlot ? undefined : 3),
    giveBack: (slot: number) => step(`give back ${slot}`),
  };
  const runIt = (fields = {}) => run(received(fields), slots, new AbortController().signal);
  return { runIt, steps, rows, markers, events, counted, scriptRuns, releases, retries, log };
}

describe('a run', () => {
  it('is marked before, written down after, told of, and its message deleted last', async () => {
    const { runIt, steps } = setUp();
    await runIt();
    expect(steps).toEqual([
      'mark',
      'run',
      'give back 3',
      'put delivered',
      'count',
      'publish',
      'unmark',
      'remove',
    ]);
  });

  it('is shown as running when it takes long', async () => {
    const { runIt, steps, rows } = setUp({ isLong: true });
    await runIt();
    expect(steps.slice(0, 4)).toEqual(['mark', 'put running', 'run', 'give back 3']);
    expect(rows[0]).toMatchObject({ state: 'running', worker_task: 'task/1', attempts: [] });
    expect(rows.at(-1)).toMatchObject({ state: 'delivered' });
  });

  it('for which the worker has no place any more is handed back as if it had never come', async () => {
    const { runIt, steps, rows, releases } = setUp({ noSlot: true });
    await runIt();
    expect(steps).toEqual(['mark', 'unmark', 'release']);
    expect(rows).toEqual([]);
    expect(releases).toEqual([['r1', 0]]);
  });

  it('that the machine could not start leaves no mark, and its message stays for another try', async () => {
    const { runIt, steps } = setUp({ failures: { run: 1 } });
    await expect(runIt()).rejects.toThrow('run failed');
    expect(steps).toEqual(['mark', 'unmark', 'give back 3']);
  });

  it('is told to nobody when nobody listens', async () => {
    const { runIt, steps } = setUp({ nobodyListens: true });
    await runIt();
    expect(steps).not.toContain('publish');
    expect(steps).toContain('count');
  });

  it('gets the event as input and environment, and the place and time that it may take', async () => {
    const { runIt, scriptRuns } = setUp({ hook: aHook({ timeout_seconds: 7 }) });
    await runIt();
    expect(scriptRuns[0]).toMatchObject({
      input: JSON.stringify(anEvent()),
      data: JSON.stringify(anEvent().data),
      timeoutSeconds: 7,
      slot: 3,
    });
    expect(scriptRuns[0]?.environment).toMatchObject({
      PATH: '/usr/bin',
      SUBLARR_EVENT: 'subtitle_downloaded',
      SUBLARR_LANGUAGE: 'de',
    });
  });

  it('leaves a mark with which its worker’s end can be followed', async () => {
    const { runIt, markers } = setUp();
    await runIt();
    expect(markers).toEqual([
      { run: runOf({ worker_task: 'task/1' }), receiptHandle: 'r1', startedAt: noon },
    ]);
  });

  it.each([
    ['exit code 0', exited(0), 'delivered', 'success', true],
    ['exit code 3', exited(3), 'exhausted', 'failed', false],
    ['a timeout', { kind: 'timed_out', timeoutSeconds: 30, ...output }, 'exhausted', 'timeout', false],
    ['a signal', { kind: 'killed', signal: 'SIGKILL', ...output }, 'exhausted', 'failed', false],
  ] as const)('that ends with %s is in the ledger, the counters and hook_executed', async (...row) => {
    const [, result, state, status, success] = row;
    const { runIt, rows, counted, events } = setUp({ result });
    await runIt();
    expect(rows.at(-1)).toMatchObject({ state, attempts: [{ at: noon, duration_ms: 5, stdout: 'out' }] });
    expect(counted).toEqual([{ status, at: noon }]);
    expect(events).toMatchObject([
      { event_name: 'hook_executed', data: { hook_id: 'hk_01', success, event_id: 'evt_01' } },
    ]);
  });

  it('that was finished before is not run again', async () => {
    const { runIt, steps } = setUp({ known: runOf({ state: 'delivered' }) });
    await runIt();
    expect(steps).toEqual(['remove']);
  });

  it('that is asked for anew is run again, in its round and with its earlier attempts', async () => {
    const earlier = { at: noon, duration_ms: 9, exit_code: 1 };
    const { runIt, rows } = setUp({ known: runOf({ state: 'exhausted', attempts: [earlier] }) });
    await runIt({ round: 1 });
    expect(rows.at(-1)).toMatchObject({
      state: 'delivered',
      round: 1,
      attempts: [earlier, { exit_code: 0 }],
    });
  });

  it('that a later round has overtaken is not run', async () => {
    for (const known of [runOf({ state: 'retrying', round: 2 }), runOf({ state: 'delivered', round: 1 })]) {
      const { runIt, steps } = setUp({ known });
      await runIt({ round: 1 });
      expect(steps).toEqual(['remove']);
    }
  });

  it('whose worker died before goes on with the attempts made so far', async () => {
    const earlier = { at: noon, duration_ms: 9, error: 'worker stopped: OOM', error_class: 'worker_stopped' };
    const { runIt, rows, markers } = setUp({ known: runOf({ state: 'retrying', attempts: [earlier] }) });
    await runIt();
    expect(markers[0]?.run.attempts).toEqual([earlier]);
    expect(rows.at(-1)).toMatchObject({ state: 'delivered', attempts: [earlier, { exit_code: 0 }] });
  });

  it('of a deleted hook is filtered', async () => {
    const { runIt, rows, steps } = setUp({ hook: undefined });
    await runIt();
    expect(rows).toMatchObject([{ state: 'filtered', reason: 'the hook was deleted' }]);
    expect(steps.at(-1)).toBe('remove');
  });

  it('of a disabled hook is parked', async () => {
    const { runIt, rows, steps } = setUp({ hook: aHook({ enabled: false }) });
    await runIt();
    expect(rows).toMatchObject([{ state: 'parked', reason: 'the hook is disabled' }]);
    expect(steps).toEqual(['put parked', 'remove']);
  });

  it('of a disabled hook is run when it is a test, and a test is not counted', async () => {
    const { runIt, rows, counted, events } = setUp({ hook: aHook({ enabled: false }) });
    await runIt({ test: true });
    expect(rows.at(-1)).toMatchObject({ state: 'delivered', test: true });
    expect(counted).toEqual([]);
    expect(events).toHaveLength(1);
  });

  it('whose script is gone says how to mend it', async () => {
    const { runIt, rows, scriptRuns } = setUp({ scriptIsGone: true });
    await runIt();
    expect(scriptRuns).toEqual([]);
    expect(rows.at(-1)).toMatchObject({
      state: 'exhausted',
      attempts: [{ error: expect.stringContaining('upload notify.sh again') }],
    });
  });

  it('that its worker had to end is handed back at once and told to nobody', async () => {
    const { runIt, rows, steps, releases } = setUp({ result: { kind: 'stopped', ...output } });
    await runIt();
    expect(rows.at(-1)).toMatchObject({ state: 'retrying', retrying_until: noon });
    expect(steps).toEqual(['mark', 'run', 'give back 3', 'put retrying', 'unmark', 'release']);
    expect(releases).toEqual([['r1', 0]]);
  });

  it('that its worker had to end for the third time is exhausted', async () => {
    const stop = { at: noon, duration_ms: 9, error_class: 'worker_stopped' };
    const { runIt, rows, steps } = setUp({
      known: runOf({ state: 'retrying', attempts: [stop, stop] }),
      result: { kind: 'stopped', ...output },
    });
    await runIt();
    expect(rows.at(-1)).toMatchObject({ state: 'exhausted' });
    expect(steps.at(-1)).toBe('remove');
  });

  it('is not run again because a write failed for a moment', async () => {
    const { runIt, steps } = setUp({ failures: { 'put delivered': 3, unmark: 2, remove: 4 } });
    await runIt();
    expect(steps.filter((step) => step === 'run')).toHaveLength(1);
    expect(steps.slice(3, 6)).toEqual(['put delivered', 'count', 'publish']);
    expect(steps.slice(6).toSorted()).toEqual(['remove', 'unmark']);
  });

  it('keeps its message when its end could not be written down', async () => {
    const { runIt, steps } = setUp({ failures: { 'put delivered': 99 } });
    await expect(runIt()).rejects.toThrow('put delivered failed');
    expect(steps).not.toContain('remove');
  });

  it('is finished although counters and hook_executed failed, and the log says so', async () => {
    const { runIt, steps, log } = setUp({ failures: { count: 99 }, rejectsEvents: true });
    await runIt();
    expect(steps.at(-1)).toBe('remove');
    expect(log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'counters not written',
      'hook_executed not published',
    ]);
  });
});

describe('a script that exits 75', () => {
  const tryAgain = exited(75);

  it('is queued to run again before its row says so, and its message goes last', async () => {
    const { runIt, steps, rows, retries, counted, events } = setUp({ result: tryAgain });
    await runIt();
    expect(steps.slice(0, 5)).toEqual(['mark', 'run', 'give back 3', 'queue retry', 'put retrying']);
    expect(steps.slice(5).toSorted()).toEqual(['remove', 'unmark']);
    expect(retries.map(({ body, delaySeconds }) => [JSON.parse(body), delaySeconds])).toEqual([
      [aHookMessage({ retry: 1 }), 2],
    ]);
    expect(rows).toMatchObject([
      {
        state: 'retrying',
        retry: 1,
        retrying_until: new Date(noonMs + 2_000).toISOString(),
        attempts: [{ exit_code: 75 }],
      },
    ]);
    expect([counted, events]).toEqual([[], []]);
  });

  it('goes on with its attempts, and has failed once its schedule is used up', async () => {
    const earlier = { at: noon, duration_ms: 9, exit_code: 75 };
    const hook = aHook({ retry_count: 1 });
    const known = runOf({ state: 'retrying', retry: 1, attempts: [earlier] });
    const { runIt, rows, counted, retries } = setUp({ result: tryAgain, hook, known });
    await runIt({ retry: 1 });
    expect(rows).toMatchObject([{ state: 'exhausted', retry: 1, attempts: [earlier, { exit_code: 75 }] }]);
    expect(counted).toEqual([{ status: 'failed', at: noon }]);
    expect(retries).toEqual([]);
  });

  it('begins its schedule anew in every round', async () => {
    const earlier = { at: noon, duration_ms: 9, exit_code: 75 };
    const known = runOf({ state: 'exhausted', retry: 3, attempts: [earlier] });
    const { runIt, rows, retries } = setUp({ result: tryAgain, known });
    await runIt({ round: 1 });
    expect(rows).toMatchObject([{ state: 'retrying', round: 1, retry: 1 }]);
    expect(JSON.parse(retries[0]?.body ?? '')).toMatchObject({ round: 1, retry: 1 });
  });

  it('waits by its hook’s schedule, beyond 900 s in hops', async () => {
    const { runIt, retries } = setUp({ result: tryAgain, hook: aHook({ retry_schedule: [3600] }) });
    await runIt();
    expect(retries).toMatchObject([{ delaySeconds: 900 }]);
    expect(JSON.parse(retries[0]?.body ?? '')).toMatchObject({ retry: 1, not_before: noonMs + 3_600_000 });
  });

  it('is not run for a message that its retry has overtaken', async () => {
    const { runIt, steps } = setUp({ known: runOf({ state: 'retrying', retry: 1 }) });
    await runIt();
    expect(steps).toEqual(['remove']);
  });

  it('in a test is run once', async () => {
    const { runIt, rows, retries } = setUp({ result: tryAgain });
    await runIt({ test: true });
    expect(rows).toMatchObject([{ state: 'exhausted', test: true }]);
    expect(retries).toEqual([]);
  });

  it('keeps its message when the retry could not be queued', async () => {
    const { runIt, steps } = setUp({ result: tryAgain, failures: { 'queue retry': 99 } });
    await expect(runIt()).rejects.toThrow('queue retry failed');
    expect(steps).not.toContain('put retrying');
    expect(steps).not.toContain('remove');
  });
});

describe('a script that exits 78', () => {
  it('is refused, and its hook is to be disabled', async () => {
    const { runIt, rows, counted } = setUp({ result: exited(78) });
    await runIt();
    expect(rows).toMatchObject([{ state: 'refused', attempts: [{ exit_code: 78 }] }]);
    expect(counted).toEqual([
      { status: 'failed', at: noon, disable: expect.stringContaining('exit code 78') },
    ]);
  });

  it('in a test disables nothing', async () => {
    const { runIt, rows, counted } = setUp({ result: exited(78) });
    await runIt({ test: true });
    expect(rows).toMatchObject([{ state: 'refused', test: true }]);
    expect(counted).toEqual([]);
  });
});
