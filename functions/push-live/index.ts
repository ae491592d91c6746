import { createDynamo, createLiveApi, createSqs } from '../../shared/aws/clients.ts';
import { createCloseConnection } from '../../shared/aws/close-connection.ts';
import { openLiveClaims } from '../../shared/aws/live-claims.ts';
import { openLiveConnections } from '../../shared/aws/live-connections.ts';
import { openLiveHistory } from '../../shared/aws/live-history.ts';
import { createPostToViewer } from '../../shared/aws/post-to-viewer.ts';
import { createQueueReplayStep } from '../../shared/aws/queue-replay-step.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createCutViewer } from '../../shared/runtime/cut-viewer.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createPushFrames } from '../../shared/runtime/push-frames.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { envSchema } from './env.ts';
import { liveMessageSchema } from './live-message.ts';
import { createPushLive } from './push-live.ts';
import { createReplayMissed } from './replay-missed.ts';
import { createTellViewer } from './tell-viewer.ts';

const env = readEnv(envSchema);
const log = createLog('push-live');
const now = Date.now;
const dynamo = createDynamo();
const liveApi = createLiveApi(env.LIVE_ENDPOINT);
const connections = openLiveConnections(dynamo, env.CONNECTIONS_TABLE, now);
const removeViewer = connections.remove;

const cutViewer = createCutViewer({ closeConnection: createCloseConnection(liveApi), removeViewer, log });
const tellViewer = createTellViewer({
  claims: openLiveClaims(dynamo, env.CONNECTIONS_TABLE),
  pushFrames: createPushFrames({ post: createPostToViewer(liveApi), removeViewer, now, log }),
  cutViewer,
});

const pushLive = createPushLive({
  listViewers: (tenant) => connections.list(tenant),
  tellViewer,
  replayMissed: createReplayMissed({
    isConnected: (viewer) => connections.has(viewer),
    history: openLiveHistory(dynamo, env.LEDGER_TABLE),
    tellViewer,
    cutViewer,
    queueStep: createQueueReplayStep(createSqs(), env.LIVE_EVENT_QUEUE_URL),
    now,
    log,
  }),
  log,
});

export const handler = createQueueHandler(liveMessageSchema, pushLive, log);
