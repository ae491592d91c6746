import { createDynamo, createKms } from '../../shared/aws/clients.ts';
import { createSealSecret } from '../../shared/aws/seal.ts';
import { openSources } from '../../shared/aws/source-table.ts';
import { createSourceId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createManageSources } from './manage-sources.ts';

const env = readEnv(envSchema);
const manage = createManageSources({
  sources: openSources(createDynamo(), env.CONFIG_TABLE),
  sealSecret: createSealSecret(createKms(), env.SEAL_KEY_ID),
  createId: createSourceId,
  now: Date.now,
});

const path = '/api/v1/sources';
// A source's id lets its holder send events: reading one takes the scope that makes one.
export const handler = createHttpHandler(
  [
    { method: 'GET', path, scope: 'manage', handle: manage.list },
    { method: 'POST', path, scope: 'manage', handle: manage.create },
    { method: 'GET', path: `${path}/{id}`, scope: 'manage', handle: manage.get },
    { method: 'DELETE', path: `${path}/{id}`, scope: 'manage', handle: manage.remove },
  ],
  createLog('manage-sources'),
);
