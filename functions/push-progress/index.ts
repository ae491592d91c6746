import { setTimeout as pause } from 'node:timers/promises';
import { createDynamo, createLiveApi } from '../../shared/aws/clients.ts';
import { createCloseConnection } from '../../shared/aws/close-connection.ts';
import { openLiveConnections } from '../../shared/aws/live-connections.ts';
import { createPostToViewer } from '../../shared/aws/post-to-viewer.ts';
import { openProgressTable } from '../../shared/aws/progress-table.ts';
import { createProgressId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createCutViewer } from '../../shared/runtime/cut-viewer.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createPushFrames } from '../../shared/runtime/push-frames.ts';
import { envSchema } from './env.ts';
import { createPushProgress } from './push-progress.ts';

const env = readEnv(envSchema);
const log = createLog('push-progress');
const now = Date.now;
const dynamo = createDynamo();
const liveApi = createLiveApi(env.LIVE_ENDPOINT);
const connections = openLiveConnections(dynamo, env.CONNECTIONS_TABLE, now);
const removeViewer = connections.remove;

const handle = createPushProgress({
  listViewers: (tenant) => connections.list(tenant),
  pushFrames: createPushFrames({ post: createPostToViewer(liveApi), removeViewer, now, log }),
  cutViewer: createCutViewer({ closeConnection: createCloseConnection(liveApi), removeViewer, log }),
  table: openProgressTable(dynamo, env.CONNECTIONS_TABLE, now),
  createId: createProgressId,
  now,
  pause,
});

export const handler = createHttpHandler(
  [{ method: 'POST', path: '/api/v1/progress', scope: 'publish', handle }],
  log,
);
