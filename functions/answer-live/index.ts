import { createLiveApi } from '../../shared/aws/clients.ts';
import { createPostToViewer } from '../../shared/aws/post-to-viewer.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createSocketHandler } from '../../shared/runtime/websocket.ts';
import { createAnswerLive } from './answer-live.ts';
import { envSchema } from './env.ts';

const env = readEnv(envSchema);
const log = createLog('answer-live');

const answerLive = createAnswerLive({ post: createPostToViewer(createLiveApi(env.LIVE_ENDPOINT)), log });

export const handler = createSocketHandler(answerLive, log);
