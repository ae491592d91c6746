import { createSqs } from '../../shared/aws/clients.ts';
import { openDeadLetters } from '../../shared/aws/dead-letters.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createRedriveDeadLetters } from './redrive-dead-letters.ts';

const env = readEnv(envSchema);
const log = createLog('redrive-dead-letters');
const { list, redrive } = createRedriveDeadLetters({
  deadLetters: openDeadLetters(createSqs(), env.DEAD_LETTER_QUEUE_URLS.split(',')),
  log,
});

const path = '/api/v1/dead-letters';
export const handler = createHttpHandler(
  [
    { method: 'GET', path, scope: 'read', handle: list },
    { method: 'POST', path: `${path}/redrive`, scope: 'manage', handle: redrive },
  ],
  log,
);
