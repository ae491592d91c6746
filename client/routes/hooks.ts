import type {
  CreateHook,
  Delivery,
  Hook,
  HookTest,
  LogCleared,
  LoggedDelivery,
  LogQuery,
  Page,
  PageQuery,
  TestHook,
  UpdateHook,
} from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import { SublarrEventsError } from '../client-error.ts';
import type { CallOptions } from '../send-request.ts';
import { hookTestWaitSecondsMax } from '../../shared/limits.ts';
import { createReplayRoutes } from './replays.ts';

const path = '/api/v1/hooks';
const logPath = '/api/v1/hooks/logs';

const pollMs = 500;
/** A worker may have to be started first, which takes most of that. */
const testWaitMs = 60_000;

/** How long to wait for what comes of a run. */
export interface TestOptions extends CallOptions {
  /** In milliseconds: 60 s unless told, 0 for not at all. */
  readonly waitMs?: number | undefined;
  /** Told when the run is queued, and takes longer than one request may wait. */
  readonly onWaiting?: ((queued: HookTest) => void) | undefined;
}

interface Dependencies {
  readonly call: CallRoute;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
  readonly now: () => number;
}

/** Hook scripts' subscriptions, and the original's log of all deliveries and runs. */
export const createHookRoutes = ({ call, pause, now }: Dependencies) => {
  /** Undefined when it has not ended by then, or when the key may manage and not read. */
  const waitForEnd = async (
    id: string,
    untilMs: number,
    options: CallOptions,
  ): Promise<Delivery | undefined> => {
    for (;;) {
      try {
        const run = await call<Delivery>({ method: 'GET', path: pathOf`/api/v1/deliveries/${id}` }, options);
        if (run.success !== null) return run;
      } catch (error) {
        const code = error instanceof SublarrEventsError ? error.code : undefined;
        if (code === 'forbidden') return undefined;
        // Nothing is known of a run that has not begun.
        if (code !== 'not_found') throw error;
      }
      if (now() + pollMs > untilMs) return undefined;
      await pause(pollMs, options.signal);
    }
  };

  return {
    list: (query: PageQuery = {}, options?: CallOptions) =>
      call<Page<'hooks', Hook>>({ method: 'GET', path, query, requires: ['hooks'] }, options),

    /** Subscribes a script, pinned to the content that it has now, or to the version `script_sha256`. */
    create: (fields: CreateHook, options?: CallOptions) =>
      call<Hook>({ method: 'POST', path, json: fields }, options),

    get: (id: string, options?: CallOptions) =>
      call<Hook>({ method: 'GET', path: pathOf`/api/v1/hooks/${id}`, requires: ['id'] }, options),

    /**
     * Changes the fields that are given; naming the `script` alone moves the hook to its current content, `script_sha256`
     * to that version.
     */
    update: (id: string, fields: UpdateHook, options?: CallOptions) =>
      call<Hook>({ method: 'PUT', path: pathOf`/api/v1/hooks/${id}`, json: fields }, options),

    delete: (id: string, options?: CallOptions) =>
      call<void>({ method: 'DELETE', path: pathOf`/api/v1/hooks/${id}` }, options),

    /**
     * Runs it once now, also when it is disabled, and waits for what comes of it, for 60 s unless told: `run` is absent
     * when it had not ended by then.
     */
    async test(id: string, fields: TestHook = {}, options: TestOptions = {}): Promise<HookTest> {
      const { waitMs = testWaitMs, onWaiting, ...callOptions } = options;
      const untilMs = now() + waitMs;
      const wait_seconds = Math.floor(waitMs / 1000);
      const path = pathOf`/api/v1/hooks/${id}/test`;
      const json = wait_seconds < hookTestWaitSecondsMax ? { ...fields, wait_seconds } : fields;
      const queued = await call<HookTest>({ method: 'POST', path, json }, callOptions);
      if (queued.run !== undefined || now() >= untilMs) return queued;
      onWaiting?.(queued);
      const run = await waitForEnd(queued.delivery_id, untilMs, callOptions);
      if (run === undefined) return queued;
      const { message: _message, ...known } = queued;
      return { ...known, run };
    },

    ...createReplayRoutes(call, 'hook'),

    listLogs: (query: LogQuery = {}, options?: CallOptions) =>
      call<Page<'logs', LoggedDelivery>>(
        { method: 'GET', path: logPath, query, requires: ['logs'] },
        options,
      ),

    clearLogs: (options?: CallOptions) => call<LogCleared>({ method: 'DELETE', path: logPath }, options),
  };
};
