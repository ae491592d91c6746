import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEventBridge, createKms } from '../../shared/aws/clients.ts';
import { openPublishClaims } from '../../shared/aws/publish-claims.ts';
import { createPublishEvents } from '../../shared/aws/put-events.ts';
import { createOpenSealed } from '../../shared/aws/seal.ts';
import { openSources } from '../../shared/aws/source-table.ts';
import { createEventId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { inboundPaths } from '../../shared/source.ts';
import { envSchema } from './env.ts';
import { createFindSender } from './find-sender.ts';
import { createPublishInbound } from './publish-inbound.ts';
import { createReceiveArr } from './receive-arr.ts';
import { createReceiveSublarr } from './receive-sublarr.ts';
import { createStampEvent } from './stamp-event.ts';

const env = readEnv(envSchema);
const log = createLog('receive-inbound');
const now = Date.now;
const dynamo = createDynamo();
const audiences = openAudiences(dynamo, env.CONFIG_TABLE, now);

const inbound = createPublishInbound({
  publishEvents: createPublishEvents(createEventBridge(), env.EVENT_BUS_NAME),
  claims: openPublishClaims(dynamo, env.LEDGER_TABLE, now),
  log,
});
const findSender = createFindSender({
  sources: openSources(dynamo, env.CONFIG_TABLE),
  openSecret: createOpenSealed(createKms(), env.SEAL_KEY_ID, String, now),
});
const stamp = createStampEvent({ findAudience: (tenant) => audiences.get(tenant) });
const arr = { findSender, stamp, publish: inbound.publish, createId: createEventId, now, log };
const sublarr = { findSender, stamp, publishOnce: inbound.publishOnce, now, log };

export const handler = createHttpHandler(
  [
    // Their settings offer both methods.
    ...(['POST', 'PUT'] as const).flatMap((method) => [
      { method, path: inboundPaths.sonarr, scope: 'open' as const, handle: createReceiveArr('sonarr', arr) },
      { method, path: inboundPaths.radarr, scope: 'open' as const, handle: createReceiveArr('radarr', arr) },
    ]),
    {
      method: 'POST',
      path: inboundPaths.sublarr,
      scope: 'open',
      handle: createReceiveSublarr(sublarr),
    },
  ],
  log,
);
