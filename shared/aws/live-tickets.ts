import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { liveTicketSchema } from '../live-ticket.ts';
import type { LiveTicket } from '../live-ticket.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';

/** Tickets by their hash. */
export interface LiveTickets {
  put(ticket: LiveTicket): Promise<void>;
  /** Takes a ticket away; undefined when it is not known, was used, or its time is over. */
  redeem(ticketSha256: string): Promise<LiveTicket | undefined>;
}

/** Opens the tickets in the connections table. `now` in epoch milliseconds. */
export function openLiveTickets(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): LiveTickets {
  const keyOf = (sha256: string) => ({ pk: `live-ticket#${sha256}`, sk: 'live-ticket' });
  return {
    async put(ticket) {
      const Item = { ...keyOf(ticket.ticket_sha256), ...ticket };
      await dynamo.send(new PutCommand({ TableName: tableName, Item }));
    },

    async redeem(ticketSha256) {
      try {
        // Of two who come with one ticket, one finds the row.
        const { Attributes } = await dynamo.send(
          new DeleteCommand({
            TableName: tableName,
            Key: keyOf(ticketSha256),
            ConditionExpression: 'attribute_exists(pk)',
            ReturnValues: 'ALL_OLD',
          }),
        );
        const ticket = liveTicketSchema.parse(Attributes);
        return ticket.expires_at * 1000 > now() ? ticket : undefined;
      } catch (error) {
        if (isConditionFailure(error)) return undefined;
        throw error;
      }
    },
  };
}
