import * as z from 'zod';
import { ApiError } from './api-error.ts';
import { createDeliveryId, endpointIdSchema } from './delivery.ts';
import { showEndpoint } from './endpoint.ts';
import { createUlid } from './ids.ts';
import type { EndpointId } from './ids.ts';
import { selectionSchema } from './replay.ts';
import type { Selection } from './replay.ts';

export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export type JobId = `job_${string}`;
export const createJobId = (nowMs: number): JobId => `job_${createUlid(nowMs)}`;
export const isJobId = (id: string): id is JobId => /^job_[0-9A-HJKMNP-TV-Z]{26}$/.test(id);

/** A delivery that is to be sent, and the round that it is then in. */
const plannedSchema = z.object({
  /** The sort key of its row. */
  sk: z.string(),
  round: z.int(),
});
export type Planned = z.infer<typeof plannedSchema>;

const jobFieldsSchema = z.object({
  id: z.custom<JobId>((id) => typeof id === 'string' && isJobId(id)),
  tenant: z.string().min(1),
  kind: z.literal('replay'),
  endpoint_id: endpointIdSchema,
  selection: selectionSchema,
  rate_per_second: z.int(),
  state: z.enum(jobStates),
  /** Why it failed. */
  reason: z.string().optional(),
  /** Whether `total` is known; it is what was counted so far until then. */
  counted: z.boolean(),
  total: z.int(),
  /** Deliveries that are on their way again. */
  done: z.int(),
  /** Deliveries that could not be sent. */
  failed: z.int(),
  failures: z.array(z.object({ delivery_id: z.string(), reason: z.string() })),
  /** The sort key behind which counting, and then planning, goes on. */
  cursor: z.string().optional(),
  /**
   * What is being sent, written down before it is begun: worked on a second time after a crash, it is sent in the same
   * rounds, and what was sent already is known by them.
   */
  page: z.array(plannedSchema).optional(),
  /** What was sent and may still wait for somebody who takes it, where that is looked at. */
  awaited: z.array(plannedSchema).optional(),
  /** When the next delivery is due, epoch milliseconds. */
  next_at: z.number().optional(),
  /** Until when a worker has it in hand, epoch milliseconds. */
  held_until: z.number().optional(),
  /** Grows with every write of a worker, so that of two only one goes on. */
  revision: z.int(),
  created_at: z.string(),
  started_at: z.string().optional(),
  updated_at: z.string(),
  finished_at: z.string().optional(),
  expires_at: z.int(),
});

/** Jobs of the release that replayed nothing but webhooks. */
const nameEndpoint = (job: unknown): unknown =>
  typeof job === 'object' && job !== null && 'webhook_id' in job
    ? { endpoint_id: job.webhook_id, ...job }
    : job;

/** A replay of an endpoint's deliveries, as it is stored and, the first time, queued. */
export const jobSchema = z.preprocess(nameEndpoint, jobFieldsSchema);
export type Job = z.infer<typeof jobSchema>;

/** Failures that a job tells one by one; the others are only counted. */
export const failuresKept = 20;
const retentionMs = 30 * 24 * 60 * 60 * 1000;

/** A job that nobody has begun. */
export function createJob(
  fields: {
    readonly tenant: string;
    readonly endpointId: EndpointId;
    readonly selection: Selection;
    readonly ratePerSecond: number;
  },
  nowMs: number,
): Job {
  const at = new Date(nowMs).toISOString();
  return {
    id: createJobId(nowMs),
    tenant: fields.tenant,
    kind: 'replay',
    endpoint_id: fields.endpointId,
    selection: fields.selection,
    rate_per_second: fields.ratePerSecond,
    state: 'queued',
    counted: false,
    total: 0,
    done: 0,
    failed: 0,
    failures: [],
    revision: 0,
    created_at: at,
    updated_at: at,
    expires_at: Math.floor((nowMs + retentionMs) / 1000),
  };
}

/** Whether nothing more will happen. */
export const hasEnded = (state: JobState): boolean => state !== 'queued' && state !== 'running';

/** The delivery that is planned, by its sort key: an event's time and id. */
export function placeOf(job: Pick<Job, 'tenant' | 'endpoint_id'>, { sk }: Pick<Planned, 'sk'>) {
  const end = sk.indexOf('#');
  const event = { tenant: job.tenant, timestamp: sk.slice(0, end), id: sk.slice(end + 1) };
  return { event, endpointId: job.endpoint_id, deliveryId: createDeliveryId(event, job.endpoint_id) };
}

/** A job as the API answers it. `total` is null until it is counted. */
export function viewJob(job: Job) {
  return {
    id: job.id,
    kind: job.kind,
    ...showEndpoint(job.endpoint_id),
    state: job.state,
    reason: job.reason ?? null,
    total: job.counted ? job.total : null,
    done: job.done,
    failed: job.failed,
    failures: job.failures,
    since: job.selection.since ?? null,
    until: job.selection.until,
    states: job.selection.states,
    event_names: job.selection.event_names ?? null,
    rate_per_second: job.rate_per_second,
    created_at: job.created_at,
    started_at: job.started_at ?? null,
    updated_at: job.updated_at,
    finished_at: job.finished_at ?? null,
  };
}

export const jobPath = (id: JobId): string => `/api/v1/jobs/${id}`;

export const jobIsMissing = (id: string): ApiError =>
  new ApiError('not_found', `There is no job "${id}". GET /api/v1/jobs lists those that are kept.`);
