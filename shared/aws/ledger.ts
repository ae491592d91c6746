import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { isUndelivered } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import { runBounded } from '../run-bounded.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';
import { byTimeIndex, deliveryKeyOf, eventKeyOf, expiryOf, loggedAt, logOf, logsOf } from './ledger-keys.ts';
import { writeItems } from './write-items.ts';
import type { WriteRequest } from './write-items.ts';

/** An event's row: the event, and how many webhooks it concerned when it was fanned out. */
export interface LoggedEvent {
  readonly event: CatalogEvent;
  readonly matched: number;
}

/** The writing side of the ledger of events, deliveries and runs. */
export interface Ledger {
  /** Writes whole rows, each overwriting its earlier state, in batches: for what is true whatever was known. */
  putDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** Writes rows, but none over a final state of the same round: a message that comes twice changes nothing. */
  advanceDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  putEvents(events: readonly LoggedEvent[]): Promise<void>;
  /** Deletes the tenant's deliveries and runs until done or `deadlineMs`, and counts them. */
  deleteDeliveries(tenant: string, deadlineMs: number): Promise<{ deleted: number; done: boolean }>;
}

const deletedPageSize = 500;

/**
 * A delivery lies under its endpoint, so that an endpoint's history is one query; the index lists a tenant's
 * deliveries by time, and those of one event by the prefix of its key.
 */
export const toDeliveryItem = (delivery: Delivery): Record<string, unknown> => ({
  ...delivery,
  attempts: JSON.stringify(delivery.attempts),
  attempts_made: delivery.attempts.length,
  ...deliveryKeyOf(
    { tenant: delivery.tenant, id: delivery.event_id, timestamp: delivery.event_timestamp },
    delivery.endpoint_id,
  ),
  log: logOf(delivery, 'deliveries'),
  logged_at: loggedAt(delivery),
  // A sparse index: what arrived costs nothing in it.
  ...(isUndelivered(delivery.state) ? { undelivered: logOf(delivery, 'undelivered') } : {}),
  expires_at: expiryOf(delivery.event_timestamp),
});

/** Events lie in the order of time without an index, which would cost as much as the row. */
const toEventItem = ({
  event: { audience: _audience, ...event },
  matched,
}: LoggedEvent): Record<string, unknown> => ({
  ...event,
  data: JSON.stringify(event.data),
  ...eventKeyOf(event),
  matched,
  expires_at: expiryOf(event.timestamp),
});

const isLaterRound = '(attribute_not_exists(#round) AND :round > :first) OR #round < :round';
const isSameRound = '((attribute_not_exists(#round) AND :round = :first) OR #round = :round)';
/** No final state of a round is left, no attempt is forgotten, and what comes late from an earlier round is nothing. */
const mayAdvance = {
  ConditionExpression: `attribute_not_exists(pk) OR ${isLaterRound} OR (${isSameRound} AND #state IN (:running, :retrying) AND attempts_made <= :made)`,
  ExpressionAttributeNames: { '#state': 'state', '#round': 'round' },
};
/** Conditional writes at a time; each is a call of its own. */
const advancesAtATime = 25;

/** Opens the ledger table. */
export function openLedger(dynamo: DynamoDBDocumentClient, tableName: string): Ledger {
  async function deleteLog(log: string, deadlineMs: number) {
    let deleted = 0;
    // On from the last key: the index shows what was just deleted for a while.
    let startKey: Record<string, unknown> | undefined;
    for (;;) {
      const answer = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: byTimeIndex,
          KeyConditionExpression: '#log = :log',
          ExpressionAttributeNames: { '#log': 'log' },
          ExpressionAttributeValues: { ':log': log },
          ProjectionExpression: 'pk, sk',
          Limit: deletedPageSize,
          ExclusiveStartKey: startKey,
        }),
      );
      const keys = (answer.Items ?? []).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
      await writeItems(dynamo, tableName, keys);
      deleted += keys.length;
      startKey = answer.LastEvaluatedKey;
      if (startKey === undefined) return { deleted, done: true };
      if (Date.now() > deadlineMs) return { deleted, done: false };
    }
  }

  return {
    async putDeliveries(deliveries) {
      await writeItems(
        dynamo,
        tableName,
        deliveries.map((delivery) => toPut(toDeliveryItem(delivery))),
      );
    },

    async advanceDeliveries(deliveries) {
      await runBounded(deliveries, advancesAtATime, async (delivery) => {
        try {
          await dynamo.send(
            new PutCommand({
              TableName: tableName,
              Item: toDeliveryItem(delivery),
              ...mayAdvance,
              ExpressionAttributeValues: {
                ':running': 'running',
                ':retrying': 'retrying',
                ':round': delivery.round ?? 0,
                ':first': 0,
                ':made': delivery.attempts.length,
              },
            }),
          );
        } catch (error) {
          if (!isConditionFailure(error)) throw error;
        }
      });
    },

    async putEvents(events) {
      await writeItems(
        dynamo,
        tableName,
        events.map((event) => toPut(toEventItem(event))),
      );
    },

    async deleteDeliveries(tenant, deadlineMs) {
      const results = await Promise.all(
        logsOf(tenant, 'deliveries').map((log) => deleteLog(log, deadlineMs)),
      );
      return {
        deleted: results.reduce((sum, result) => sum + result.deleted, 0),
        done: results.every((result) => result.done),
      };
    },
  };
}

const toPut = (item: Record<string, unknown>): WriteRequest => ({ PutRequest: { Item: item } });
