import { createEventBridge } from '../../shared/aws/clients.ts';
import { createPublishEvents } from '../../shared/aws/put-events.ts';
import { createEventId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createPublish } from './publish-events.ts';

const env = readEnv(envSchema);
const publish = createPublish({
  publishEvents: createPublishEvents(createEventBridge(), env.EVENT_BUS_NAME),
  createId: createEventId,
  now: Date.now,
});

export const handler = createHttpHandler(
  [{ method: 'POST', path: '/api/v1/events', scope: 'publish', handle: publish }],
  createLog('publish-events'),
);
