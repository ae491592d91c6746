import { deliveryOperations } from './deliveries.ts';
import { eventOperations } from './events.ts';
import { hookOperations } from './hooks.ts';
import type { Operation } from './operation.ts';
import { replayOperations } from './replays.ts';
import { scoringOperations } from './scoring.ts';
import { sourceOperations } from './sources.ts';
import { webhookOperations } from './webhooks.ts';

/** Every route of the HTTP API. No function that is to start fast imports them: they are made of many schemas. */
export const operations: readonly Operation[] = [
  ...eventOperations,
  ...webhookOperations,
  ...hookOperations,
  ...deliveryOperations,
  ...replayOperations,
  ...sourceOperations,
  ...scoringOperations,
];
