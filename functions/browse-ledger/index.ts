import { createDynamo } from '../../shared/aws/clients.ts';
import { openHooks } from '../../shared/aws/hook-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { openDeliveryReader } from '../../shared/aws/list-deliveries.ts';
import { openEventReader } from '../../shared/aws/list-events.ts';
import { createListUndelivered } from '../../shared/aws/list-undelivered.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createBrowseDeliveries } from './browse-deliveries.ts';
import { createBrowseEvents } from './browse-events.ts';
import { createBrowseLogs } from './browse-logs.ts';
import { createBrowseUndelivered } from './browse-undelivered.ts';
import { envSchema } from './env.ts';

const env = readEnv(envSchema);
const dynamo = createDynamo();
const deliveries = openDeliveryReader(dynamo, env.LEDGER_TABLE, Date.now);

const logs = createBrowseLogs({ deliveries, ledger: openLedger(dynamo, env.LEDGER_TABLE), now: Date.now });
const browseEvents = createBrowseEvents({ events: openEventReader(dynamo, env.LEDGER_TABLE, Date.now) });
const browseDeliveries = createBrowseDeliveries({ deliveries });
const browseUndelivered = createBrowseUndelivered({
  listUndelivered: createListUndelivered(dynamo, env.LEDGER_TABLE, Date.now),
  webhooks: openWebhooks(dynamo, env.CONFIG_TABLE),
  hooks: openHooks(dynamo, env.CONFIG_TABLE),
});

const logPath = '/api/v1/hooks/logs';
export const handler = createHttpHandler(
  [
    { method: 'GET', path: '/api/v1/events', scope: 'read', handle: browseEvents.list },
    { method: 'GET', path: '/api/v1/events/{id}', scope: 'read', handle: browseEvents.get },
    { method: 'GET', path: '/api/v1/deliveries', scope: 'read', handle: browseDeliveries.list },
    { method: 'GET', path: '/api/v1/deliveries/{id}', scope: 'read', handle: browseDeliveries.get },
    { method: 'GET', path: '/api/v1/undelivered', scope: 'read', handle: browseUndelivered },
    { method: 'GET', path: logPath, scope: 'read', handle: logs.list },
    { method: 'DELETE', path: logPath, scope: 'manage', handle: logs.clear },
  ],
  createLog('browse-ledger'),
);
