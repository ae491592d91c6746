import { createFindEndpoint } from '../endpoint.ts';
import type { FindEndpoint } from '../endpoint.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { openHooks } from './hook-table.ts';
import { openWebhooks } from './webhook-table.ts';

/** Finds webhooks and hooks in the config table. */
export const openFindEndpoint = (dynamo: DynamoDBDocumentClient, tableName: string): FindEndpoint =>
  createFindEndpoint({ webhook: openWebhooks(dynamo, tableName), hook: openHooks(dynamo, tableName) });
