import * as z from 'zod';
import { defaultTenant, generateApiKey, hashApiKey, scopes } from '../../shared/api-key.ts';
import type { ApiKey } from '../../shared/api-key.ts';

const requestSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1),
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default(defaultTenant),
});

/**
 * Makes an API key and answers it, the only time that anyone sees it. For the owner of the deployment: there is no
 * route to this function, it is invoked by hand.
 */
export function createCreateApiKey(dependencies: {
  putKey: (key: ApiKey) => Promise<void>;
  now: () => number;
}) {
  return async (request: unknown) => {
    const { name, scopes: granted, tenant } = requestSchema.parse(request);
    const key = generateApiKey();
    await dependencies.putKey({
      key_sha256: hashApiKey(key),
      tenant,
      name,
      scopes: granted,
      created_at: new Date(dependencies.now()).toISOString(),
    });
    return { api_key: key, name, scopes: granted, tenant };
  };
}
