import type { RunningStack } from '../../local/start-stack.ts';

/** Makes a key as the owner of a deployment does: by invoking the function over Lambda's own door. */
export async function createApiKey(
  stack: RunningStack,
  scopes: readonly string[],
  tenant?: string,
): Promise<string> {
  const name = stack.resources.functionNames['create-api-key'];
  const response = await fetch(`${stack.awsEndpoint}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${stack.awsCredentials.accessKeyId}/` },
    body: JSON.stringify({ name: 'test', scopes, tenant }),
  });
  const { api_key } = (await response.json()) as { api_key: string };
  return api_key;
}
