import { setTimeout as delay } from 'node:timers/promises';
import { announceChanges, openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEcs, createSqs } from '../../shared/aws/clients.ts';
import { openHooks } from '../../shared/aws/hook-table.ts';
import { openEnsureWorker } from '../../shared/aws/hook-worker.ts';
import { openStartReplay } from '../../shared/aws/open-start-replay.ts';
import { createReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { openReplayRows } from '../../shared/aws/replay-rows.ts';
import { openScriptBodies, openScripts } from '../../shared/aws/script-table.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { createEventId, createHookId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createEnableHook } from './enable-hook.ts';
import { envSchema } from './env.ts';
import { createManageHooks } from './manage-hooks.ts';
import { createManageScripts } from './manage-scripts.ts';
import { createTestHook } from './test-hook.ts';

const env = readEnv(envSchema);
const log = createLog('manage-hooks');
const dynamo = createDynamo();
const sqs = createSqs();
const hooks = announceChanges(
  openHooks(dynamo, env.CONFIG_TABLE),
  openAudiences(dynamo, env.CONFIG_TABLE, Date.now).hooksChanged,
);
const scripts = openScripts(dynamo, env.CONFIG_TABLE);
const bodies = openScriptBodies(dynamo, env.CONFIG_TABLE);

const manageHooks = createManageHooks({ hooks, scripts, bodies, createId: createHookId, now: Date.now });
const manageScripts = createManageScripts({ scripts, bodies, hooks, now: Date.now });
const readDeliveries = createReadDeliveries(dynamo, env.LEDGER_TABLE);
const test = createTestHook({
  hooks,
  queueRuns: (messages) => sendMessages(sqs, env.HOOK_RUN_QUEUE_URL, messages),
  ensureWorker: openEnsureWorker({ dynamo, ecs: createEcs(), env, now: Date.now }),
  findRun: async (key) => (await readDeliveries([key]))[0]?.delivery,
  pause: (ms) => delay(ms),
  createEventId,
  now: Date.now,
  log,
});

const enable = createEnableHook({
  hooks,
  countRows: openReplayRows(dynamo, env.LEDGER_TABLE, Date.now).count,
  startReplay: openStartReplay({
    dynamo,
    sqs,
    env,
    onUnwritten: (job, error) => log.warn('job not shown yet', { message_id: job.id, error }),
    now: Date.now,
  }),
  now: Date.now,
});

const hookPath = '/api/v1/hooks';
const scriptPath = '/api/v1/scripts';
export const handler = createHttpHandler(
  [
    { method: 'GET', path: hookPath, scope: 'read', handle: manageHooks.list },
    { method: 'POST', path: hookPath, scope: 'manage', handle: manageHooks.create },
    { method: 'GET', path: `${hookPath}/{id}`, scope: 'read', handle: manageHooks.get },
    { method: 'PUT', path: `${hookPath}/{id}`, scope: 'manage', handle: manageHooks.update },
    { method: 'DELETE', path: `${hookPath}/{id}`, scope: 'manage', handle: manageHooks.remove },
    { method: 'POST', path: `${hookPath}/{id}/test`, scope: 'manage', handle: test },
    { method: 'POST', path: `${hookPath}/{id}/enable`, scope: 'manage', handle: enable },
    { method: 'GET', path: scriptPath, scope: 'read', handle: manageScripts.list },
    { method: 'GET', path: `${scriptPath}/{name}`, scope: 'read', handle: manageScripts.get },
    {
      method: 'GET',
      path: `${scriptPath}/{name}/versions`,
      scope: 'read',
      handle: manageScripts.listVersions,
    },
    { method: 'PUT', path: `${scriptPath}/{name}`, scope: 'manage', handle: manageScripts.put },
    { method: 'DELETE', path: `${scriptPath}/{name}`, scope: 'manage', handle: manageScripts.remove },
  ],
  log,
);
