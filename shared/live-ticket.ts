import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';

/** A ticket's row. The ticket itself is stored nowhere. */
export const liveTicketSchema = z.object({
  ticket_sha256: z.string(),
  tenant: z.string().min(1),
  /** Epoch seconds. */
  expires_at: z.int(),
});
/** Lets its holder open one connection, once: what a page may carry in an address, where no key belongs. */
export type LiveTicket = z.infer<typeof liveTicketSchema>;

const ticketBytes = 32;

/** A new ticket: `lt_` and 256 random bits. */
export const generateLiveTicket = (): string => `lt_${randomBytes(ticketBytes).toString('base64url')}`;

export const hashLiveTicket = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
