import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createSqs } from '../../shared/aws/clients.ts';
import { openApiKeys } from '../../shared/aws/key-table.ts';
import { openLiveConnections } from '../../shared/aws/live-connections.ts';
import { openLiveTickets } from '../../shared/aws/live-tickets.ts';
import { createQueueReplayStep } from '../../shared/aws/queue-replay-step.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createSocketHandler } from '../../shared/runtime/websocket.ts';
import { envSchema } from './env.ts';
import { createOpenLive } from './open-live.ts';

const env = readEnv(envSchema);
const log = createLog('open-live');
const dynamo = createDynamo();
const keys = openApiKeys(dynamo, env.CONFIG_TABLE);
const connections = openLiveConnections(dynamo, env.CONNECTIONS_TABLE, Date.now);
const tickets = openLiveTickets(dynamo, env.CONNECTIONS_TABLE, Date.now);
const audiences = openAudiences(dynamo, env.CONFIG_TABLE, Date.now);

const openLive = createOpenLive({
  findKey: (keySha256) => keys.get(keySha256),
  redeemTicket: (ticketSha256) => tickets.redeem(ticketSha256),
  putViewer: (viewer) => connections.put(viewer),
  watchedUntil: audiences.watchedUntil,
  queueStep: createQueueReplayStep(createSqs(), env.LIVE_EVENT_QUEUE_URL),
  now: Date.now,
  log,
});

export const handler = createSocketHandler(openLive, log);
