import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { DeliveryKey } from '../../shared/aws/read-deliveries.ts';
import type { EnsureWorker } from '../../shared/aws/hook-worker.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { catalog, findPayloadProblems } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import { createDeliveryId, isFinal, viewDelivery } from '../../shared/delivery.ts';
import type { Delivery, HookMessage } from '../../shared/delivery.ts';
import { createEvent } from '../../shared/event.ts';
import { testHookSchema } from '../../shared/hook-fields.ts';
import type { Hook } from '../../shared/hook.ts';
import { eventBytesMax, hookTestWaitSecondsMax } from '../../shared/limits.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { requireHook } from './manage-hooks.ts';
import { noQuerySchema } from './manage-scripts.ts';

interface Dependencies {
  readonly hooks: Pick<ConfigRows<Hook>, 'get'>;
  /** Answers the messages that could not be queued. */
  readonly queueRuns: (messages: readonly QueueMessage[]) => Promise<readonly QueueMessage[]>;
  readonly ensureWorker: EnsureWorker;
  readonly findRun: (key: DeliveryKey) => Promise<Delivery | undefined>;
  readonly pause: (ms: number) => Promise<void>;
  readonly createEventId: (nowMs: number) => string;
  readonly now: () => number;
  readonly log: Log;
}

const sampleOfAll: EventName = 'subtitle_downloaded';

const isBlank = (body: string | undefined): boolean => body === undefined || body.trim() === '';

/** What the test runs with: what the request names, else the hook's first event and its sample. */
function readTest(hook: Hook, body: string | undefined) {
  const asked = isBlank(body) ? {} : parseFields(testHookSchema, parseJson(body));
  const [subscribed = '*'] = hook.event_names;
  const eventName = asked.event_name ?? (subscribed === '*' ? sampleOfAll : subscribed);
  const data: Readonly<Record<string, unknown>> = asked.data ?? catalog[eventName].sample;
  const problems = findPayloadProblems(eventName, data).map(({ key, expected }) => ({
    field: `data.${key}`,
    message: `must be of type ${expected}`,
  }));
  if (problems.length > 0) {
    const named = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw new ApiError('unprocessable', `The request is not valid: ${named}`, problems);
  }
  return { eventName, data, waitMs: (asked.wait_seconds ?? hookTestWaitSecondsMax) * 1000 };
}

const pauseMsFirst = 100;
const pauseMsMax = 1_000;
const pauseGrowth = 1.5;

/**
 * `POST /api/v1/hooks/{id}/test`: runs the script once, also of a disabled hook, and waits for it. 200 with the run;
 * 202 without it when it takes longer than the request waits, as when a worker has to be started first. `Location`
 * then names the delivery, of which nothing is known before the run begins.
 */
export function createTestHook(dependencies: Dependencies) {
  const { hooks, queueRuns, ensureWorker, findRun, pause, createEventId, now, log } = dependencies;

  /** Undefined when it has not ended by then. */
  const waitForEnd = async (key: DeliveryKey, untilMs: number): Promise<Delivery | undefined> => {
    for (let pauseMs = pauseMsFirst; ; pauseMs = Math.min(pauseMs * pauseGrowth, pauseMsMax)) {
      const run = await findRun(key);
      if (run !== undefined && isFinal(run.state)) return run;
      if (now() + pauseMs > untilMs) return undefined;
      await pause(pauseMs);
    }
  };

  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const begunMs = now();
    parseFields(noQuerySchema, request.query);
    const hook = await requireHook(hooks, request);
    const { eventName, data, waitMs } = readTest(hook, request.body);
    const event = createEvent({ id: createEventId(now()), tenant: request.tenant, eventName, data }, now());
    const bytes = Buffer.byteLength(JSON.stringify(event));
    if (bytes > eventBytesMax) {
      throw new ApiError(
        'too_large',
        `The event has ${bytes} bytes; at most ${eventBytesMax} are taken. Send less data.`,
      );
    }
    const body = JSON.stringify({ event, hook_id: hook.id, test: true } satisfies HookMessage);
    const unqueued = await queueRuns([{ body, groupId: hook.id }]);
    if (unqueued.length > 0) {
      throw new ApiError('unavailable', 'The run could not be queued. Try again in a few seconds.');
    }
    try {
      await ensureWorker();
    } catch (cause) {
      log.error('no worker could be started', { endpoint_id: hook.id, tenant: request.tenant, error: cause });
      throw new ApiError(
        'unavailable',
        'The run is queued, but no worker could be started for it; it runs with the next event. The log of manage-hooks tells why.',
        [],
        { cause },
      );
    }
    const deliveryId = createDeliveryId(event, hook.id);
    log.info('hook test queued', {
      delivery_id: deliveryId,
      endpoint_id: hook.id,
      event_id: event.id,
      event_name: eventName,
      tenant: request.tenant,
    });
    const run = await waitForEnd({ event, endpointId: hook.id }, begunMs + waitMs);
    const queued = {
      delivery_id: deliveryId,
      event_id: event.id,
      event_name: eventName,
      log: `/api/v1/hooks/logs?hook_id=${hook.id}`,
    };
    if (run !== undefined) return { status: 200, body: { ...queued, run: viewDelivery(run) } };
    const location = `/api/v1/deliveries/${deliveryId}`;
    const message = `The run has not ended yet: starting a worker takes up to a minute. Ask GET ${location} for it.`;
    return { status: 202, body: { ...queued, message }, headers: { location } };
  };
}
