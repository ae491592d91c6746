import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { CatalogEvent } from '../event.ts';
import { idempotencyWindowMs, ledgerRetentionDays } from '../limits.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';
import { writeItems } from './write-items.ts';

/** What is known of an id that a client gave to an event. */
export type Claim =
  /** Nobody published it within the window: it is ours to publish, with this timestamp. */
  | { readonly kind: 'ours'; readonly timestamp: string }
  /** It is on the bus. */
  | { readonly kind: 'published' }
  /** Another request is about to publish it, or died halfway. */
  | { readonly kind: 'underway' };

/** Sees to it that an id is published once within a day. */
export interface PublishClaims {
  claim(event: CatalogEvent): Promise<Claim>;
  /** Notes whether claimed events are on the bus; those that are not may be claimed again at once. */
  settle(events: readonly { readonly event: CatalogEvent; readonly published: boolean }[]): Promise<void>;
}

const rowSchema = z.object({
  timestamp: z.string(),
  claimed_until: z.number(),
  published: z.boolean(),
  /** Whose claim it is: the SDK repeats a write whose answer was lost, and then meets its own. */
  claimed_by: z.string().optional(),
});

/** Longer than a request may take; a claim that is older belongs to a request that died. */
const claimMs = 30_000;

/**
 * Opens the claims in the ledger. A claim also leads from an event's id to its timestamp, and with that to its row,
 * so it is kept as long as that. `now` in epoch milliseconds.
 */
export function openPublishClaims(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): PublishClaims {
  const keyOf = ({ tenant, id }: CatalogEvent) => ({ pk: claimKeyOf(tenant, id), sk: claimSortKey });
  const itemOf = (event: CatalogEvent, fields: { published: boolean; claimed_until: number }) => ({
    ...keyOf(event),
    ...fields,
    timestamp: event.timestamp,
    expires_at: Math.floor(Date.parse(event.timestamp) / 1000) + ledgerRetentionDays * 86_400,
  });

  /** The claim of a request that died halfway goes over to this one, timestamp and all: its event may be on the bus. */
  const takeOver = async (
    event: CatalogEvent,
    seen: z.output<typeof rowSchema>,
    claimant: string,
  ): Promise<Claim> => {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: keyOf(event),
          UpdateExpression: 'SET claimed_until = :until, claimed_by = :claimant',
          ConditionExpression: '(claimed_until = :seen OR claimed_by = :claimant) AND published = :false',
          ExpressionAttributeValues: {
            ':until': now() + claimMs,
            ':seen': seen.claimed_until,
            ':claimant': claimant,
            ':false': false,
          },
        }),
      );
      return { kind: 'ours', timestamp: seen.timestamp };
    } catch (error) {
      if (isConditionFailure(error)) return { kind: 'underway' };
      throw error;
    }
  };

  return {
    async claim(event) {
      const claimant = randomUUID();
      try {
        await dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: {
              ...itemOf(event, { published: false, claimed_until: now() + claimMs }),
              claimed_by: claimant,
            },
            ConditionExpression: 'attribute_not_exists(pk) OR #timestamp < :window',
            ExpressionAttributeNames: { '#timestamp': 'timestamp' },
            ExpressionAttributeValues: { ':window': new Date(now() - idempotencyWindowMs).toISOString() },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { kind: 'ours', timestamp: event.timestamp };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
        const seen = rowSchema.parse(unmarshall(error.Item));
        if (seen.published) return { kind: 'published' };
        if (seen.claimed_by === claimant) return { kind: 'ours', timestamp: seen.timestamp };
        return seen.claimed_until > now() ? { kind: 'underway' } : takeOver(event, seen, claimant);
      }
    },

    async settle(events) {
      await writeItems(
        dynamo,
        tableName,
        events.map(({ event, published }) => ({
          PutRequest: { Item: itemOf(event, { published, claimed_until: 0 }) },
        })),
      );
    },
  };
}

/** Where the claim of a client's event id lies. */
export const claimKeyOf = (tenant: string, eventId: string): string => `${tenant}#${eventId}`;
export const claimSortKey = 'publish';
