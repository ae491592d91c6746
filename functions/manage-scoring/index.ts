import { createDynamo, createEventBridge } from '../../shared/aws/clients.ts';
import { createPublishEvents } from '../../shared/aws/put-events.ts';
import { openScoringTable } from '../../shared/aws/scoring-table.ts';
import { createEventId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createReadScoring } from '../../shared/read-scoring.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createManageScoring } from './manage-scoring.ts';

const env = readEnv(envSchema);
const table = openScoringTable(createDynamo(), env.CONFIG_TABLE);
const scoring = createManageScoring({
  readScoring: createReadScoring({ ...table, now: Date.now }),
  changeScoring: table.change,
  publishEvents: createPublishEvents(createEventBridge(), env.EVENT_BUS_NAME),
  createEventId,
  now: Date.now,
});

const path = '/api/v1/scoring';
export const handler = createHttpHandler(
  [
    { method: 'GET', path: `${path}/weights`, scope: 'read', handle: scoring.getWeights },
    { method: 'PUT', path: `${path}/weights`, scope: 'manage', handle: scoring.putWeights },
    { method: 'DELETE', path: `${path}/weights`, scope: 'manage', handle: scoring.resetWeights },
    { method: 'GET', path: `${path}/modifiers`, scope: 'read', handle: scoring.getModifiers },
    { method: 'PUT', path: `${path}/modifiers`, scope: 'manage', handle: scoring.putModifiers },
    {
      method: 'DELETE',
      path: `${path}/modifiers/{provider}`,
      scope: 'manage',
      handle: scoring.removeModifier,
    },
    { method: 'GET', path: `${path}/presets`, scope: 'read', handle: scoring.listPresets },
    { method: 'GET', path: `${path}/presets/{name}`, scope: 'read', handle: scoring.getPreset },
    { method: 'POST', path: `${path}/presets/import`, scope: 'manage', handle: scoring.importPreset },
    { method: 'POST', path: `${path}/score`, scope: 'read', handle: scoring.score },
  ],
  createLog('manage-scoring'),
);
