import { createDynamo, createLiveApi } from '../../shared/aws/clients.ts';
import { openLiveConnections } from '../../shared/aws/live-connections.ts';
import { createPostToViewer } from '../../shared/aws/post-to-viewer.ts';
import { eventSchema } from '../../shared/event.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { envSchema } from './env.ts';
import { createPushFrames } from './push-frames.ts';
import { createPushLive } from './push-live.ts';

const env = readEnv(envSchema);
const log = createLog('push-live');
const connections = openLiveConnections(createDynamo(), env.CONNECTIONS_TABLE, Date.now);

const pushLive = createPushLive({
  listViewers: (tenant) => connections.list(tenant),
  pushFrames: createPushFrames({
    post: createPostToViewer(createLiveApi(env.LIVE_ENDPOINT)),
    removeViewer: (viewer) => connections.remove(viewer),
    now: Date.now,
    log,
  }),
  log,
});

export const handler = createQueueHandler(eventSchema, pushLive, log);
