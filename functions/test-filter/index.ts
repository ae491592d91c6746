import { createDynamo } from '../../shared/aws/clients.ts';
import { createFindEvent } from '../../shared/aws/find-event.ts';
import { createEventId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createTestFilter } from './test-filter.ts';

const env = readEnv(envSchema);

const testFilter = createTestFilter({
  findEvent: createFindEvent(createDynamo(), env.LEDGER_TABLE),
  createEventId,
  now: Date.now,
});

export const handler = createHttpHandler(
  [{ method: 'POST', path: '/api/v1/filters/test', scope: 'manage', handle: testFilter }],
  createLog('test-filter'),
);
