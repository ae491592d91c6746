import { createDynamo } from '../../shared/aws/clients.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createBrowseLedger } from './browse-ledger.ts';
import { envSchema } from './env.ts';

const env = readEnv(envSchema);
const browse = createBrowseLedger({ ledger: openLedger(createDynamo(), env.LEDGER_TABLE), now: Date.now });

const path = '/api/v1/hooks/logs';
export const handler = createHttpHandler(
  [
    { method: 'GET', path, scope: 'read', handle: browse.list },
    { method: 'DELETE', path, scope: 'manage', handle: browse.clear },
  ],
  createLog('browse-ledger'),
);
