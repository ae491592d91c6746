import type * as z from 'zod';
import {
  deliveriesAnswerSchema,
  eventAnswerSchema,
  eventsAnswerSchema,
  shownDeliverySchema,
  undeliveredAnswerSchema,
} from '../ledger-answers.ts';
import { loggedDeliverySchema } from './deliveries.ts';
import { errorAnswerSchema } from './error-answer.ts';
import { hookAnswerSchema, scriptAnswerSchema } from './hooks.ts';
import { jobAnswerSchema, replayCountSchema } from './replays.ts';
import { weightsAnswerSchema } from './scoring.ts';
import { sourceAnswerSchema, testReceivedSchema } from './sources.ts';
import { webhookAnswerSchema } from './webhooks.ts';

/** What answers are made of, by its name in the document. */
export const components: Readonly<Record<string, z.ZodType>> = {
  Error: errorAnswerSchema,
  Webhook: webhookAnswerSchema,
  Hook: hookAnswerSchema,
  Script: scriptAnswerSchema,
  EventSummary: eventsAnswerSchema.shape.events.element,
  Event: eventAnswerSchema,
  DeliverySummary: deliveriesAnswerSchema.shape.deliveries.element,
  Delivery: shownDeliverySchema,
  LoggedDelivery: loggedDeliverySchema,
  UndeliveredAtEndpoint: undeliveredAnswerSchema.shape.endpoints.element,
  Job: jobAnswerSchema,
  ReplayCount: replayCountSchema,
  Source: sourceAnswerSchema,
  TestReceived: testReceivedSchema,
  ScoringWeights: weightsAnswerSchema,
};
