import * as z from 'zod';
import {
  deliveriesAnswerSchema,
  eventAnswerSchema,
  eventsAnswerSchema,
  shownDeliverySchema,
  undeliveredAnswerSchema,
} from '../ledger-answers.ts';
import {
  deliveriesQuerySchema,
  eventQuerySchema,
  eventsQuerySchema,
  logQuerySchema,
  undeliveredQuerySchema,
} from '../ledger-query.ts';
import { nextCursorSchema } from './answer-fields.ts';
import type { Operation } from './operation.ts';

/** A delivery or run in the words of the original's log. */
export const loggedDeliverySchema = shownDeliverySchema.omit({ attempt_count: true, error_class: true });

export const clearedSchema = z.object({
  deleted: z.int(),
  /** False when there was no time for all of it: the same request goes on. */
  done: z.boolean(),
  message: z.string().optional(),
});

const tag = 'Ledger';

export const deliveryOperations: readonly Operation[] = [
  {
    id: 'listEvents',
    tag,
    summary: 'Lists events, newest first, and what became of each',
    method: 'GET',
    path: '/api/v1/events',
    scope: 'read',
    query: eventsQuerySchema,
    answers: { 200: eventsAnswerSchema },
  },
  {
    id: 'getEvent',
    tag,
    summary: 'Shows an event with its payload and its deliveries',
    method: 'GET',
    path: '/api/v1/events/{id}',
    scope: 'read',
    query: eventQuerySchema,
    answers: { 200: eventAnswerSchema },
  },
  {
    id: 'listDeliveries',
    tag,
    summary: 'Lists deliveries and runs, newest first',
    method: 'GET',
    path: '/api/v1/deliveries',
    scope: 'read',
    query: deliveriesQuerySchema,
    answers: { 200: deliveriesAnswerSchema },
  },
  {
    id: 'getDelivery',
    tag,
    summary: 'Shows a delivery or run with every attempt',
    method: 'GET',
    path: '/api/v1/deliveries/{id}',
    scope: 'read',
    answers: { 200: shownDeliverySchema },
  },
  {
    id: 'listUndelivered',
    tag,
    summary: 'Tells, of each webhook and hook, what did not arrive, why, and what to do',
    method: 'GET',
    path: '/api/v1/undelivered',
    scope: 'read',
    query: undeliveredQuerySchema,
    answers: { 200: undeliveredAnswerSchema },
  },
  {
    id: 'listLogs',
    tag,
    summary: 'Lists deliveries and runs with their attempts, newest first',
    method: 'GET',
    path: '/api/v1/hooks/logs',
    scope: 'read',
    query: logQuerySchema,
    answers: { 200: z.object({ logs: z.array(loggedDeliverySchema), next_cursor: nextCursorSchema }) },
  },
  {
    id: 'clearLogs',
    tag,
    summary: 'Clears the log',
    method: 'DELETE',
    path: '/api/v1/hooks/logs',
    scope: 'manage',
    answers: { 200: clearedSchema },
  },
];
