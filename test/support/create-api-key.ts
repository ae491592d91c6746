import type { RunningStack } from '../../local/start-stack.ts';

/** Makes a key as the owner of a deployment does: by invoking the function. */
export async function createApiKey(
  stack: RunningStack,
  scopes: readonly string[],
  tenant?: string,
): Promise<string> {
  const answer = (await stack.invoke('create-api-key', { name: 'test', scopes, tenant })) as {
    api_key: string;
  };
  return answer.api_key;
}
