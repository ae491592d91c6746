import * as z from 'zod';
import { eventNames } from '../catalog.ts';
import { filterTestSchema } from '../filter-test-fields.ts';
import { progressFieldsSchema } from '../progress-fields.ts';
import { publishFieldsSchema } from '../publish-fields.ts';
import { errorAnswerSchema } from './error-answer.ts';
import type { Operation } from './operation.ts';

export const catalogAnswerSchema = z.object({
  catalog_version: z.int(),
  events: z.array(
    z.object({
      name: z.enum(eventNames),
      label: z.string(),
      description: z.string(),
      payload_keys: z.array(z.string()),
      payload_types: z.record(z.string(), z.enum(['string', 'integer', 'number', 'boolean', 'string[]'])),
      sample: z.record(z.string(), z.unknown()),
      /** Whether a client may publish it. */
      publishable: z.boolean(),
    }),
  ),
});

export const publishedSchema = z.object({
  /** Of a request that is one event. */
  id: z.string().nullable().optional(),
  /** Null for each event that was not taken. */
  ids: z.array(z.string().nullable()),
  accepted: z.int(),
  failed: z.int(),
  errors: z.array(errorAnswerSchema.extend({ index: z.int(), status: z.int() })),
});

export const filterTestedSchema = z.object({
  matches: z.boolean(),
  mismatches: z.array(z.object({ field: z.string(), message: z.string() })),
  /** The event that was tried. */
  event: z.object({
    id: z.string(),
    event_name: z.enum(eventNames),
    version: z.int(),
    timestamp: z.string(),
    data: z.record(z.string(), z.unknown()),
  }),
});

export const liveTicketSchema = z.object({
  ticket: z.string(),
  expires_in: z.int(),
  expires_at: z.string(),
  cursor: z.string(),
});

export const eventOperations: readonly Operation[] = [
  {
    id: 'getCatalog',
    tag: 'Events',
    summary: 'Describes every event: its payload keys, their types, and a sample',
    method: 'GET',
    path: '/api/v1/events/catalog',
    scope: 'read',
    answers: { 200: catalogAnswerSchema },
  },
  {
    id: 'publishEvents',
    tag: 'Events',
    summary: 'Publishes one event, or up to 100',
    description:
      'Known payload keys are checked against the catalog, unknown ones pass. When no event was taken the answer is the error of the first.',
    method: 'POST',
    path: '/api/v1/events',
    scope: 'publish',
    body: { json: publishFieldsSchema },
    answers: { 202: publishedSchema },
  },
  {
    id: 'testFilter',
    tag: 'Events',
    summary: 'Tells whether a filter lets an event through and, if not, where it differs',
    method: 'POST',
    path: '/api/v1/filters/test',
    scope: 'manage',
    body: { json: filterTestSchema },
    answers: { 200: filterTestedSchema },
  },
  {
    id: 'getOpenApi',
    tag: 'About',
    summary: 'Answers this document',
    method: 'GET',
    path: '/api/v1/openapi.json',
    scope: 'open',
    headers: { 'If-None-Match': 'The `ETag` of the copy at hand: 304 when it is still the same.' },
    answers: { 200: z.looseObject({ openapi: z.string() }), 304: 'none' },
  },
  {
    id: 'pushProgress',
    tag: 'Live',
    summary: 'Tells live viewers of a progress',
    description:
      'It reaches viewers only, never webhooks or hooks. States of one stream that come faster than ten a second are left out but for the latest.',
    method: 'POST',
    path: '/api/v1/progress',
    scope: 'publish',
    body: { json: progressFieldsSchema },
    answers: { 202: z.object({ id: z.string() }) },
  },
  {
    id: 'createLiveTicket',
    tag: 'Live',
    summary: 'Makes a ticket that opens one live connection, soon',
    description:
      'For browsers, which must not hold a key. Come back with `cursor` when the connection broke before anything came.',
    method: 'POST',
    path: '/api/v1/live/tickets',
    scope: 'live',
    answers: { 201: liveTicketSchema },
  },
];
