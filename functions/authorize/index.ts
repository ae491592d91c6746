import { createDynamo } from '../../shared/aws/clients.ts';
import { openApiKeys } from '../../shared/aws/key-table.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createAuthorize } from './authorize.ts';
import { envSchema } from './env.ts';

const env = readEnv(envSchema);
const keys = openApiKeys(createDynamo(), env.CONFIG_TABLE);

export const handler = createAuthorize({ findKey: (keySha256) => keys.get(keySha256) });
