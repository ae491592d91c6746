import { createDynamo } from '../../shared/aws/clients.ts';
import { openLiveConnections } from '../../shared/aws/live-connections.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createSocketHandler } from '../../shared/runtime/websocket.ts';
import { createCloseLive } from './close-live.ts';
import { envSchema } from './env.ts';

const env = readEnv(envSchema);
const log = createLog('close-live');
const connections = openLiveConnections(createDynamo(), env.CONNECTIONS_TABLE, Date.now);

const closeLive = createCloseLive({
  removeViewer: (connectionId) => connections.removeById(connectionId),
  log,
});

export const handler = createSocketHandler(closeLive, log);
