import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryKey } from '../../shared/aws/read-deliveries.ts';
import { createRecordRun, openHooks } from '../../shared/aws/hook-table.ts';
import { openScriptBodies, openScripts } from '../../shared/aws/script-table.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { catalog } from '../../shared/catalog.ts';
import { createDelivery, hookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import { createHookId } from '../../shared/ids.ts';
import type { HttpRequest } from '../../shared/runtime/http.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createManageHooks } from './manage-hooks.ts';
import { createManageScripts } from './manage-scripts.ts';
import { createTestHook } from './test-hook.ts';

const scriptOne = '#!/bin/sh\necho one\n';
const scriptTwo = '#!/bin/sh\necho two\n';
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

let tables: TestTables;
let tenants = 0;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

let tenant: string;
let nowMs: number;
let queued: QueueMessage[];
let workerFails: boolean;
let queueFails: boolean;
let calls: string[];
let pauses: number[];
/** What the ledger knows of a test's run. */
let findRun: (key: DeliveryKey) => Delivery | undefined;
beforeEach(() => {
  // A tenant of its own for every test.
  tenant = `tenant-${tenants++}`;
  nowMs = noonMs;
  queued = [];
  calls = [];
  pauses = [];
  findRun = () => undefined;
  workerFails = false;
  queueFails = false;
});

function api() {
  const hooks = openHooks(tables.dynamo, configTable);
  const scripts = openScripts(tables.dynamo, configTable);
  const bodies = openScriptBodies(tables.dynamo, configTable);
  const now = () => nowMs++;
  return {
    bodies,
    hooks: createManageHooks({ hooks, scripts, bodies, createId: createHookId, now }),
    scripts: createManageScripts({ scripts, bodies, hooks, now }),
    test: createTestHook({
      hooks,
      queueRuns: async (messages) => {
        calls.push('queue');
        if (queueFails) return messages;
        queued.push(...messages);
        return [];
      },
      ensureWorker: async () => {
        calls.push('worker');
        if (workerFails) throw new Error('no capacity');
      },
      findRun: async (key) => findRun(key),
      pause: async (ms) => {
        pauses.push(ms);
        nowMs += ms;
      },
      createEventId: () => 'evt_test',
      now,
      log: collectLog(),
    }),
  };
}

const request = (fields: Partial<HttpRequest> & { json?: unknown } = {}): HttpRequest => {
  const { json, ...rest } = fields;
  return anHttpRequest({ tenant, ...(json === undefined ? {} : { body: JSON.stringify(json) }), ...rest });
};
const upload = (name: string, body: string) => api().scripts.put(request({ params: { name }, body }));
const hookFields = { name: 'Notify', event_name: 'subtitle_downloaded', script: 'notify.sh' };

async function createHook(fields: object = {}): Promise<Record<string, unknown> & { id: string }> {
  await upload('notify.sh', scriptOne);
  const { body } = await api().hooks.create(request({ json: { ...hookFields, ...fields } }));
  return Object(body);
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('hooks', () => {
  it('are created with defaults and pinned to the content of their script', async () => {
    await upload('notify.sh', scriptOne);
    const answer = await api().hooks.create(request({ json: hookFields }));
    expect(answer).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^hk_/),
        name: 'Notify',
        event_name: 'subtitle_downloaded',
        event_names: ['subtitle_downloaded'],
        script: 'notify.sh',
        script_sha256: sha(scriptOne),
        timeout_seconds: 30,
        retry_count: 3,
        retry_schedule: 'exponential',
        failure_threshold: 10,
        consecutive_failures: 0,
        warning: null,
        disabled_reason: null,
        enabled: true,
        trigger_count: 0,
        last_status: null,
        last_triggered_at: null,
      },
    });
    expect(answer.headers?.['location']).toMatch(/^\/api\/v1\/hooks\/hk_/);
    expect(answer.body).not.toHaveProperty('tenant');
  });

  it('keep and show their filter, until null takes it away', async () => {
    const filter = { data: { score: [{ numeric: ['>', 5] }] } };
    const { hooks } = api();
    const created = await createHook({ filter });
    const { id } = created;
    expect(created).toMatchObject({ filter });
    const update = async (json: object) => (await hooks.update(request({ params: { id }, json }))).body;
    await expect(update({ name: 'Other' })).resolves.toMatchObject({ filter });
    const other = { event_name: ['subtitle_downloaded'] };
    await expect(update({ filter: other })).resolves.toMatchObject({ filter: other });
    await expect(update({ filter: null })).resolves.toMatchObject({ filter: null });
    expect((await hooks.get(request({ params: { id } }))).body).toMatchObject({ filter: null });
    await expect(update({ filter: { data: { score: [{ numeric: ['>'] }] } } })).rejects.toMatchObject({
      details: [{ field: 'filter.data.score[0].numeric[1]' }],
    });
  });

  it('cannot be created for a script that was not uploaded, and name those that were', async () => {
    await expect(api().hooks.create(request({ json: hookFields }))).rejects.toEqual(
      refusal('unprocessable', 'Upload it with PUT /api/v1/scripts/notify.sh first'),
    );
    await upload('other.sh', scriptOne);
    await expect(api().hooks.create(request({ json: hookFields }))).rejects.toMatchObject({
      details: [{ field: 'script', message: expect.stringContaining('known: other.sh') }],
    });
  });

  it.each([
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['an unknown event', { event_name: 'nope' }, 'event_name'],
    ['a meta event', { event_name: 'hook_executed' }, 'event_name'],
    ['no event', { event_name: undefined }, 'event_name'],
    ['a timeout beyond the most', { timeout_seconds: 901 }, 'timeout_seconds'],
    ['a timeout of nothing', { timeout_seconds: 0 }, 'timeout_seconds'],
    ['a script name that is a path', { script: '../etc/passwd' }, 'script'],
    ['no name', { name: ' ' }, 'name'],
  ])('are refused with %s, by the name of the field', async (_, fields, field) => {
    await upload('notify.sh', scriptOne);
    await expect(api().hooks.create(request({ json: { ...hookFields, ...fields } }))).rejects.toMatchObject({
      code: 'unprocessable',
      details: [expect.objectContaining({ field })],
    });
  });

  it('are listed page by page, each once', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push((await createHook()).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = cursor === null ? { limit: '2' } : { limit: '2', cursor };
      const { body } = await api().hooks.list(request({ query }));
      const page: { hooks: { id: string }[]; next_cursor: string | null } = Object(body);
      expect(page.hooks.length).toBeLessThanOrEqual(2);
      seen.push(...page.hooks.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids.toSorted());
  });

  it.each([
    [{ limit: '0' }, 'unprocessable'],
    [{ limit: '201' }, 'unprocessable'],
    [{ limit: 'ten' }, 'unprocessable'],
    [{ page: '2' }, 'unprocessable'],
    [{ cursor: '%%%' }, 'bad_request'],
  ])('are not listed for the query %j', async (query, code) => {
    await expect(api().hooks.list(request({ query }))).rejects.toMatchObject({ code });
  });

  it('keep what a PUT leaves out, and move to the current script only when it is named', async () => {
    const { id } = await createHook();
    await upload('notify.sh', scriptTwo);
    const put = (json: object) => api().hooks.update(request({ params: { id }, json }));
    expect((await put({ timeout_seconds: 60 })).body).toMatchObject({
      name: 'Notify',
      timeout_seconds: 60,
      script_sha256: sha(scriptOne),
    });
    expect((await put({ enabled: false })).body).toMatchObject({ enabled: false, timeout_seconds: 60 });
    expect((await put({ script: 'notify.sh' })).body).toMatchObject({ script_sha256: sha(scriptTwo) });
    expect((await put({ event_names: ['batch_complete', 'config_updated'] })).body).toMatchObject({
      event_name: null,
      event_names: ['batch_complete', 'config_updated'],
    });
  });

  it('take back what they answered, read-only fields too, without harm', async () => {
    const { id } = await createHook();
    const { body } = await api().hooks.get(request({ params: { id } }));
    const before: Record<string, unknown> = Object(body);
    const sent = { ...before, trigger_count: 99, id: 'hk_forged' };
    const after = await api().hooks.update(request({ params: { id }, json: sent }));
    expect(after.body).toEqual({ ...before, updated_at: expect.any(String) });
  });

  it('are gone after they were deleted', async () => {
    const { id } = await createHook();
    expect(await api().hooks.remove(request({ params: { id } }))).toEqual({ status: 204 });
    await expect(api().hooks.get(request({ params: { id } }))).rejects.toEqual(refusal('not_found', id));
    await expect(api().hooks.remove(request({ params: { id } }))).rejects.toEqual(refusal('not_found', id));
  });

  it.each(['hk_unknown', 'wh_01', ''])('that do not exist (%j) are answered by name', async (id) => {
    const { hooks, test } = api();
    const of = { params: { id } };
    for (const call of [
      () => hooks.get(request(of)),
      () => hooks.update(request({ ...of, json: {} })),
      () => hooks.remove(request(of)),
      () => test(request(of)),
    ]) {
      await expect(call()).rejects.toEqual(refusal('not_found', `There is no hook "${id}"`));
    }
  });

  it('of another tenant do not exist', async () => {
    const { id } = await createHook();
    await expect(api().hooks.get(request({ params: { id }, tenant: 'stranger' }))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('the test of a hook', () => {
  it('queues one marked run with the sample of its first event, then sees that a worker is up', async () => {
    const { id } = await createHook({
      event_name: undefined,
      event_names: ['batch_complete', 'config_updated'],
    });
    const answer = await api().test(request({ params: { id } }));
    expect(answer).toMatchObject({
      status: 202,
      body: {
        delivery_id: expect.stringMatching(/^dlv_.*evt_test/),
        event_id: 'evt_test',
        log: `/api/v1/hooks/logs?hook_id=${id}`,
      },
    });
    expect(calls).toEqual(['queue', 'worker']);
    expect(hookMessageSchema.parse(JSON.parse(queued[0]?.body ?? ''))).toMatchObject({
      hook_id: id,
      test: true,
      event: { tenant, event_name: 'batch_complete', data: catalog.batch_complete.sample },
    });
    expect(queued[0]?.groupId).toBe(id);
  });

  it('answers the run when it ends in time', async () => {
    const { id } = await createHook();
    const states = [undefined, 'running', 'retrying', 'exhausted'] as const;
    let looks = 0;
    findRun = ({ event, endpointId }) => {
      const state = states[looks++];
      if (state === undefined) return undefined;
      const fields = { state, attempts: [{ at: event.timestamp, duration_ms: 5, exit_code: 3 }], test: true };
      const named = { ...event, event_name: 'subtitle_downloaded' as const };
      return createDelivery(named, { id: endpointId, name: 'Notify' }, fields, nowMs);
    };
    const answer = await api().test(request({ params: { id } }));
    expect(answer).toMatchObject({
      status: 200,
      body: {
        delivery_id: expect.stringMatching(/^dlv_.*evt_test/),
        event_id: 'evt_test',
        run: { hook_id: id, state: 'exhausted', success: false, exit_code: 3, test: true },
      },
    });
    expect(looks).toBe(4);
  });

  it('says where to ask for a run that takes longer than a request may', async () => {
    const { id } = await createHook();
    const begunMs = nowMs;
    const answer = await api().test(request({ params: { id } }));
    expect(answer).toMatchObject({
      status: 202,
      body: { message: expect.stringContaining('GET /api/v1/deliveries/dlv_') },
    });
    expect(answer.headers?.['location']).toBe(`/api/v1/deliveries/${Object(answer.body).delivery_id}`);
    expect(nowMs - begunMs).toBeGreaterThan(23_000);
    expect(nowMs - begunMs).toBeLessThan(26_000);
    expect(pauses.slice(0, 3)).toEqual([100, 150, 225]);
    expect(Math.max(...pauses)).toBe(1000);
  });

  it.each([0, 3])('waits %i s where it is told to', async (wait_seconds) => {
    const { id } = await createHook();
    const begunMs = nowMs;
    const answer = await api().test(request({ params: { id }, json: { wait_seconds } }));
    expect(answer).toMatchObject({ status: 202 });
    expect(nowMs - begunMs).toBeLessThanOrEqual(wait_seconds * 1000 + 50);
    expect(nowMs - begunMs).toBeGreaterThanOrEqual(wait_seconds * 1000 - 1000);
  });

  it('of all events uses subtitle_downloaded', async () => {
    const { id } = await createHook({ event_name: '*' });
    await api().test(request({ params: { id } }));
    expect(queued[0]?.body).toContain('"event_name":"subtitle_downloaded"');
  });

  it('runs with the event and data that it is given, also of a disabled hook', async () => {
    const { id } = await createHook({ enabled: false });
    const json = { event_name: 'config_updated', data: { changed_keys: ['a'], extra: 1 } };
    expect(await api().test(request({ params: { id }, json }))).toMatchObject({ status: 202 });
    expect(hookMessageSchema.parse(JSON.parse(queued[0]?.body ?? '')).event).toMatchObject(json);
  });

  it.each([
    ['an unknown event', { event_name: 'nope' }, 'event_name'],
    ['a meta event', { event_name: 'hook_executed' }, 'event_name'],
    ['a wrong type', { data: { season: 'one' } }, 'data.season'],
    ['an unknown field', { name: 'x' }, 'name'],
    ['data that is no object', { data: [] }, 'data'],
    ['a wait beyond what a request may', { wait_seconds: 26 }, 'wait_seconds'],
  ])('is refused with %s', async (_, json, field) => {
    const { id } = await createHook();
    await expect(api().test(request({ params: { id }, json }))).rejects.toMatchObject({
      code: 'unprocessable',
      details: [expect.objectContaining({ field })],
    });
    expect(queued).toEqual([]);
  });

  it('is refused with an event beyond the size of all events', async () => {
    const { id } = await createHook();
    const json = { data: { text: 'x'.repeat(300_000) } };
    await expect(api().test(request({ params: { id }, json }))).rejects.toMatchObject({ code: 'too_large' });
  });

  it('says when the run could not be queued, or nobody could be started to run it', async () => {
    const { id } = await createHook();
    queueFails = true;
    await expect(api().test(request({ params: { id } }))).rejects.toEqual(
      refusal('unavailable', 'Try again'),
    );
    queueFails = false;
    workerFails = true;
    await expect(api().test(request({ params: { id } }))).rejects.toEqual(
      refusal('unavailable', 'it runs with the next event'),
    );
  });
});

describe('a hook that fails', () => {
  const fail = (id: string, count: number) => {
    const recordRun = createRecordRun(tables.dynamo, configTable, {
      onDisabled: async () => undefined,
      now: () => nowMs,
    });
    const runs = Array.from({ length: count }, () =>
      recordRun(tenant, `hk_${id.slice(3)}`, { status: 'failed', at: new Date(nowMs).toISOString() }),
    );
    return Promise.all(runs);
  };
  const show = async (id: string) => (await api().hooks.get(request({ params: { id } }))).body;

  it('warns from half of its threshold on, and is disabled at it with the reason', async () => {
    const { id } = await createHook({ failure_threshold: 4 });
    await fail(id, 1);
    expect(await show(id)).toMatchObject({ consecutive_failures: 1, warning: null, enabled: true });
    await fail(id, 1);
    expect(await show(id)).toMatchObject({
      warning: '2 consecutive runs failed; at 4 it will be disabled. Last status: failed',
    });
    await fail(id, 2);
    expect(await show(id)).toMatchObject({
      enabled: false,
      consecutive_failures: 4,
      trigger_count: 4,
      warning: null,
      disabled_reason: expect.stringContaining('after 4 consecutive failed runs'),
    });
  });

  it('is as good as new once its owner enables it', async () => {
    const { id } = await createHook();
    await fail(id, 10);
    expect(await show(id)).toMatchObject({ enabled: false });
    const off = await api().hooks.update(request({ params: { id }, json: { enabled: false, name: 'Same' } }));
    expect(off.body).toMatchObject({ disabled_reason: expect.any(String), consecutive_failures: 10 });
    const on = await api().hooks.update(request({ params: { id }, json: { enabled: true } }));
    expect(on.body).toMatchObject({ enabled: true, disabled_reason: null, consecutive_failures: 0 });
  });
});

describe('scripts', () => {
  it('are created, read back byte by byte, and listed', async () => {
    const body = '#!/bin/sh\nprintf "ä\t\\n"\r\n\n';
    expect(await upload('notify.sh', body)).toMatchObject({
      status: 201,
      body: { name: 'notify.sh', sha256: sha(body), size: Buffer.byteLength(body) },
    });
    expect(await api().scripts.get(request({ params: { name: 'notify.sh' } }))).toEqual({
      status: 200,
      text: body,
      headers: { etag: `"${sha(body)}"`, 'x-content-sha256': sha(body) },
    });
    expect((await api().scripts.list(request())).body).toEqual({
      scripts: [expect.objectContaining({ name: 'notify.sh', sha256: sha(body) })],
      next_cursor: null,
    });
  });

  it('are replaced, and unchanged by the same content', async () => {
    const first = Object((await upload('notify.sh', scriptOne)).body);
    expect(await upload('notify.sh', scriptOne)).toEqual({ status: 200, body: first });
    const { status, body } = await upload('notify.sh', scriptTwo);
    expect(status).toBe(200);
    expect(body).toMatchObject({ sha256: sha(scriptTwo), created_at: first.created_at });
    expect(Object(body).updated_at).not.toBe(first.updated_at);
  });

  it.each([
    ['without #!', 'echo hi\n', 'must start with #!'],
    ['that are empty', '', 'must start with #!'],
    ['with Windows line ends', '#!/bin/sh\r\necho hi\r\n', 'Windows line ends'],
  ])('%s are refused and told how to mend it', async (_, body, message) => {
    await expect(upload('notify.sh', body)).rejects.toEqual(refusal('unprocessable', message));
  });

  it('of 256 KB are taken, of one byte more refused', async () => {
    const largest = `#!/bin/sh\n${'#'.repeat(256 * 1024 - 10)}`;
    expect(await upload('large.sh', largest)).toMatchObject({ status: 201, body: { size: 262_144 } });
    await expect(upload('larger.sh', `${largest}#`)).rejects.toEqual(refusal('too_large', '262145 bytes'));
  });

  it.each(['', '.hidden', 'a/b', 'a b', 'ä', 'x'.repeat(101)])('cannot be named %j', async (name) => {
    await expect(upload(name, scriptOne)).rejects.toMatchObject({
      code: 'unprocessable',
      details: [expect.objectContaining({ field: 'name' })],
    });
  });

  it('that a hook uses are not deleted, and name the hook', async () => {
    const { id } = await createHook();
    await expect(api().scripts.remove(request({ params: { name: 'notify.sh' } }))).rejects.toEqual(
      refusal('conflict', `${id} (Notify)`),
    );
    await api().hooks.remove(request({ params: { id } }));
    expect(await api().scripts.remove(request({ params: { name: 'notify.sh' } }))).toEqual({ status: 204 });
    expect(await api().bodies.get(tenant, sha(scriptOne))).toBeUndefined();
  });

  it('that do not exist are answered by name', async () => {
    const { scripts } = api();
    for (const name of ['nope.sh', '../x']) {
      for (const call of [scripts.get, scripts.listVersions, scripts.remove]) {
        await expect(call(request({ params: { name } }))).rejects.toEqual(refusal('not_found', `"${name}"`));
      }
    }
  });

  it('take no query parameters but those of a list', async () => {
    const { scripts } = api();
    const asked = { params: { name: 'a' }, query: { force: 'true' }, body: scriptOne };
    for (const call of [scripts.put, scripts.get, scripts.remove, scripts.list]) {
      await expect(call(request(asked))).rejects.toMatchObject({
        code: 'unprocessable',
        details: [expect.objectContaining({ field: 'force' })],
      });
    }
  });
});
