import { createDynamo } from '../../shared/aws/clients.ts';
import { openScoringTable } from '../../shared/aws/scoring-table.ts';
import { eventSchema } from '../../shared/event.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createInvalidateScoring } from './invalidate-scoring.ts';

const env = readEnv(envSchema);
const { raiseVersion } = openScoringTable(createDynamo(), env.CONFIG_TABLE);
const invalidate = createInvalidateScoring({ raiseVersion, log: createLog('invalidate-scoring') });

export const handler = (event: unknown): Promise<void> => invalidate(eventSchema.parse(event));
