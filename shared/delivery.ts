import * as z from 'zod';
import { eventNames } from './catalog.ts';
import { digestPartSchema } from './digest.ts';
import { showEndpoint } from './endpoint.ts';
import { createEvent, eventSchema } from './event.ts';
import type { CatalogEvent } from './event.ts';
import { createEventId, isHookId } from './ids.ts';
import type { EndpointId } from './ids.ts';
import { jsonText } from './json-text.ts';

/** The named states of the ledger: every event ends in exactly one of them for every endpoint that it concerns. */
export const deliveryStates = [
  /** A hook's script is being run. */
  'running',
  'retrying',
  'delivered',
  'exhausted',
  'refused',
  'parked',
  'filtered',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

const pendingStates: readonly DeliveryState[] = ['running', 'retrying'];

/** Whether nothing more will happen by itself. */
export const isFinal = (state: DeliveryState): boolean => !pendingStates.includes(state);

/** Whether a delivery has not arrived, and was meant to. */
export const isUndelivered = (state: DeliveryState): boolean => state !== 'delivered' && state !== 'filtered';

/** One POST to a webhook, or one run of a hook's script. */
export const attemptSchema = z.object({
  /** When it began, ISO 8601. */
  at: z.string(),
  duration_ms: z.number(),
  /** HTTP status of the receiver's answer. */
  status: z.int().optional(),
  /** The receiver's answer, at most `outputBytesMax` bytes. */
  response_body: z.string().optional(),
  exit_code: z.int().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  stdout_truncated: z.boolean().optional(),
  stderr_truncated: z.boolean().optional(),
  /** Why it was no success. */
  error: z.string().optional(),
  error_class: z.string().optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const endpointIdSchema = z.custom<EndpointId>(
  (id) => typeof id === 'string' && /^(?:wh|hk)_/.test(id),
);

/** One row of the ledger: what became of one event at one webhook or hook. */
export const deliverySchema = z.object({
  id: z.string(),
  tenant: z.string(),
  event_id: z.string(),
  event_name: z.enum(eventNames),
  event_timestamp: z.string(),
  endpoint_id: endpointIdSchema,
  endpoint_name: z.string(),
  state: z.enum(deliveryStates),
  /** When the next attempt is due, ISO 8601; only while `retrying`. */
  retrying_until: z.string().optional(),
  /** Why it is parked, filtered or closed without an attempt. */
  reason: z.string().optional(),
  /** Sent by hand through the API's test. */
  test: z.boolean().optional(),
  attempts: jsonText(z.array(attemptSchema)),
  /** How often it was sent anew by hand; attempts of earlier rounds stay in `attempts`. */
  round: z.int().optional(),
  /** The digest that it carries, when it stands for more events than its own. */
  digest: digestPartSchema.optional(),
  updated_at: z.string(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/**
 * The id of a delivery: which event (its time and id) at which endpoint. Equal for every attempt and every
 * redelivered queue message, so that each overwrites the same row. No part holds a dot.
 */
export function createDeliveryId(
  event: Pick<CatalogEvent, 'id' | 'timestamp'>,
  endpointId: EndpointId,
): string {
  return `dlv_${Date.parse(event.timestamp).toString(36)}.${event.id}.${endpointId}`;
}

/** Reads back what a delivery's id tells; undefined for what is none. */
export function parseDeliveryId(
  id: string,
): { readonly timestamp: string; readonly eventId: string; readonly endpointId: EndpointId } | undefined {
  const [, time = '', eventId = '', endpoint] =
    /^dlv_(0|[1-9a-z][0-9a-z]{0,8})\.([\w-]{1,64})\.((?:wh|hk)_[\w-]+)$/.exec(id) ?? [];
  const endpointId = endpointIdSchema.safeParse(endpoint);
  if (!endpointId.success) return undefined;
  return {
    timestamp: new Date(Number.parseInt(time, 36)).toISOString(),
    eventId,
    endpointId: endpointId.data,
  };
}

/** Starts the ledger row of an event at an endpoint. */
export function createDelivery(
  event: Pick<CatalogEvent, 'id' | 'tenant' | 'event_name' | 'timestamp'>,
  endpoint: { readonly id: EndpointId; readonly name: string },
  fields: Pick<Delivery, 'state' | 'attempts'> &
    Partial<Pick<Delivery, 'retrying_until' | 'reason' | 'test' | 'round' | 'digest'>>,
  nowMs: number,
): Delivery {
  return {
    id: createDeliveryId(event, endpoint.id),
    tenant: event.tenant,
    event_id: event.id,
    event_name: event.event_name,
    event_timestamp: event.timestamp,
    endpoint_id: endpoint.id,
    endpoint_name: endpoint.name,
    updated_at: new Date(nowMs).toISOString(),
    ...fields,
  };
}

/** A delivery as the API answers it, in the words of the original's hook log. */
export function viewDelivery(delivery: Delivery) {
  const { tenant: _tenant, endpoint_id, endpoint_name, ...shown } = delivery;
  const isHook = isHookId(endpoint_id);
  const last = delivery.attempts.at(-1);
  return {
    ...shown,
    hook_type: isHook ? ('script' as const) : ('webhook' as const),
    ...showEndpoint(endpoint_id),
    name: endpoint_name,
    success: isFinal(delivery.state) ? delivery.state === 'delivered' : null,
    status: last?.status ?? null,
    exit_code: last?.exit_code ?? null,
    error: last?.error ?? delivery.reason ?? null,
    duration_ms: last?.duration_ms ?? null,
    triggered_at: delivery.attempts[0]?.at ?? delivery.updated_at,
  };
}

/** A message of the webhook-deliveries queue: one event for one webhook, with what was tried so far. */
export const webhookMessageSchema = z.object({
  event: eventSchema,
  webhook_id: z.custom<`wh_${string}`>((id) => typeof id === 'string' && id.startsWith('wh_')),
  attempts: z.array(attemptSchema),
  /** Above 0 when it is sent anew by hand, although the ledger knows an end of it. */
  round: z.int().optional(),
  /** Attempts of earlier rounds, the first of `attempts`: they count for no schedule. */
  attempts_before: z.int().optional(),
  /** Whether its place under the webhook's rate limit is taken already. */
  has_slot: z.boolean().optional(),
  /** How often it had to wait because too many others were in flight. */
  waits: z.int().optional(),
  /** Epoch milliseconds before which the next attempt is not due: waits beyond 900 s take several hops. */
  not_before: z.number().optional(),
  /** The digest that is sent in the event's place. */
  digest: digestPartSchema.optional(),
  /** That digest itself; read by its name where it is missing. */
  sent: eventSchema.optional(),
});
export type WebhookMessage = z.infer<typeof webhookMessageSchema>;

/** What the ledger's row of a delivery takes over from its message. */
export const carriedFields = ({ round, digest }: Pick<WebhookMessage, 'round' | 'digest'>) => ({
  ...(round === undefined ? {} : { round }),
  ...(digest === undefined ? {} : { digest }),
});

/**
 * Whether a message asks for what the ledger knows as done or well under way: SQS delivers some messages twice, and
 * a fan-out that was cut off queues some again.
 */
export function isOvertaken(
  message: Pick<WebhookMessage, 'attempts' | 'round'>,
  known: Pick<Delivery, 'state' | 'attempts' | 'round'>,
): boolean {
  const [asked, last] = [message.round ?? 0, known.round ?? 0];
  if (asked !== last) return asked < last;
  return isFinal(known.state) || known.attempts.length > message.attempts.length;
}

/** A message of the hook-runs queue: one event for one hook. */
export const hookMessageSchema = z.object({
  event: eventSchema,
  hook_id: z.custom<`hk_${string}`>((id) => typeof id === 'string' && id.startsWith('hk_')),
  test: z.boolean().optional(),
  /** Above 0 when it is run anew by hand, although the ledger knows an end of it. */
  round: z.int().optional(),
  /** Which retry of the hook's schedule it is, from 1 on; absent before the first, and again in every round. */
  retry: z.int().optional(),
  /** Epoch milliseconds before which that retry is not due: waits beyond 900 s take several hops. */
  not_before: z.number().optional(),
});
export type HookMessage = z.infer<typeof hookMessageSchema>;

/** What a log line tells of a delivery or run, whatever it came to. */
export function summarizeDelivery(delivery: Delivery) {
  const last = delivery.attempts.at(-1);
  return {
    delivery_id: delivery.id,
    event_id: delivery.event_id,
    event_name: delivery.event_name,
    endpoint_id: delivery.endpoint_id,
    tenant: delivery.tenant,
    state: delivery.state,
    attempt: delivery.attempts.length,
    ...(last === undefined ? {} : { duration_ms: last.duration_ms }),
    ...(last?.status === undefined ? {} : { status: last.status }),
    ...(last?.exit_code === undefined ? {} : { exit_code: last.exit_code }),
    ...(last?.error === undefined ? {} : { reason: last.error }),
  };
}

/** What `hook_executed` tells of a finished delivery or run. */
export function describeExecution(delivery: Delivery): Record<string, unknown> {
  const durationMs = delivery.attempts.reduce((sum, attempt) => sum + attempt.duration_ms, 0);
  const isHook = isHookId(delivery.endpoint_id);
  return {
    [isHook ? 'hook_id' : 'webhook_id']: delivery.endpoint_id,
    hook_type: isHook ? 'script' : 'webhook',
    event_name: delivery.event_name,
    success: delivery.state === 'delivered',
    duration_ms: durationMs,
    event_id: delivery.event_id,
    state: delivery.state,
  };
}

/** The `hook_executed` event that every finished delivery and run publishes. */
export const createExecutionEvent = (delivery: Delivery, nowMs: number): CatalogEvent =>
  createEvent(
    {
      id: createEventId(nowMs),
      tenant: delivery.tenant,
      eventName: 'hook_executed',
      data: describeExecution(delivery),
    },
    nowMs,
  );
