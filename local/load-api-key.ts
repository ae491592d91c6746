import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import { StartError } from './start-error.ts';

const fileName = 'api-key';
const answer = z.object({ api_key: z.string().min(1) });
const firstKey = { name: 'first', scopes: ['publish', 'manage', 'read', 'live'] };

/** The first API key: made at the first start, then kept in the data folder. Throws StartError when it cannot be made. */
export async function loadApiKey(
  folder: DataFolder,
  createApiKey: LocalFunction | undefined,
): Promise<string> {
  const kept = folder.read(fileName)?.trim();
  if (kept !== undefined && kept !== '') return kept;
  if (createApiKey === undefined) {
    throw new StartError(
      'The template has no output CreateApiKeyFunction that names the function making API keys.',
    );
  }
  const result = await createApiKey.invoke(firstKey);
  if (!result.ok) throw new StartError(`The first API key could not be made: ${result.error.errorMessage}`);
  const parsed = answer.safeParse(result.payload);
  if (!parsed.success)
    throw new StartError('The first API key could not be made: the answer holds no api_key.');
  folder.write(fileName, `${parsed.data.api_key}\n`);
  return parsed.data.api_key;
}
