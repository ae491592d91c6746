import { setTimeout as pause } from 'node:timers/promises';
import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEventBridge } from '../../shared/aws/clients.ts';
import { openPublishClaims } from '../../shared/aws/publish-claims.ts';
import { createPublishEvents, joinPublishing } from '../../shared/aws/put-events.ts';
import { createEventId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { shareNext } from '../../shared/share-next.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createPublish } from './publish-events.ts';

const env = readEnv(envSchema);
const log = createLog('publish-events');
const dynamo = createDynamo();
const audiences = openAudiences(dynamo, env.CONFIG_TABLE, Date.now);

const publish = createPublish({
  publishEvents: joinPublishing(createPublishEvents(createEventBridge(), env.EVENT_BUS_NAME)),
  findAudience: shareNext((tenant) => audiences.get(tenant)),
  claims: openPublishClaims(dynamo, env.LEDGER_TABLE, Date.now),
  createId: createEventId,
  pause,
  now: Date.now,
  log,
});

export const handler = createHttpHandler(
  [{ method: 'POST', path: '/api/v1/events', scope: 'publish', handle: publish }],
  log,
);
