import { createDynamo } from '../../shared/aws/clients.ts';
import { openLiveTickets } from '../../shared/aws/live-tickets.ts';
import { generateLiveTicket } from '../../shared/live-ticket.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createIssueLiveTicket } from './issue-live-ticket.ts';

const env = readEnv(envSchema);
const tickets = openLiveTickets(createDynamo(), env.CONNECTIONS_TABLE, Date.now);

const handle = createIssueLiveTicket({
  putTicket: (ticket) => tickets.put(ticket),
  generateTicket: generateLiveTicket,
  now: Date.now,
});

export const handler = createHttpHandler(
  [{ method: 'POST', path: '/api/v1/live/tickets', scope: 'live', handle }],
  createLog('issue-live-ticket'),
);
