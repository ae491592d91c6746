import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openHooks } from '../../shared/aws/hook-table.ts';
import { openScriptBodies, openScripts } from '../../shared/aws/script-table.ts';
import { createHookId } from '../../shared/ids.ts';
import type { HttpRequest } from '../../shared/runtime/http.ts';
import { scriptVersionsKept, scriptVersionsMax } from '../../shared/script-history.ts';
import { aHook, aScript } from '../../test/builders/a-hook.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createManageHooks } from './manage-hooks.ts';
import { createManageScripts } from './manage-scripts.ts';

const content = (word: number | string): string => `#!/bin/sh\necho ${word}\n`;
const sha = (word: number | string): string => createHash('sha256').update(content(word)).digest('hex');
const name = 'notify.sh';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

let tenant: string;
let tenants = 0;
let nowMs: number;
beforeEach(() => {
  tenant = `tenant-${tenants++}`;
  nowMs = noonMs;
});

function open() {
  const hooks = openHooks(tables.dynamo, configTable);
  const scripts = openScripts(tables.dynamo, configTable);
  const bodies = openScriptBodies(tables.dynamo, configTable);
  const now = () => nowMs++;
  return {
    rows: { hooks, scripts, bodies },
    hooks: createManageHooks({ hooks, scripts, bodies, createId: createHookId, now }),
    scripts: createManageScripts({ scripts, bodies, hooks, now }),
  };
}

let requests = 0;
const request = (fields: Partial<HttpRequest> & { json?: unknown } = {}): HttpRequest => {
  const { json, ...rest } = fields;
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  return anHttpRequest({ tenant, requestId: `req-${requests++}`, ...body, ...rest });
};
const upload = (word: number | string, to = name) =>
  open().scripts.put(request({ params: { name: to }, body: content(word) }));
const uploadMany = async (from: number, to: number, script = name): Promise<void> => {
  for (let word = from; word <= to; word++) await upload(word, script);
};

interface Shown {
  readonly id: string;
  readonly script: string;
  readonly script_sha256: string;
}
const createHook = async (fields: object = {}): Promise<Shown> =>
  Object(
    (
      await open().hooks.create(
        request({ json: { name: 'Notify', event_name: 'subtitle_downloaded', script: name, ...fields } }),
      )
    ).body,
  );
const putHook = async ({ id }: Shown, json: object): Promise<Shown> =>
  Object((await open().hooks.update(request({ params: { id }, json }))).body);
const listVersions = async (
  script = name,
): Promise<{ sha256: string; size: number; created_at: string; is_current: boolean; hooks: unknown[] }[]> =>
  Object((await open().scripts.listVersions(request({ params: { name: script } }))).body).versions;
const shasKept = async (script = name): Promise<string[]> =>
  (await listVersions(script)).map(({ sha256 }) => sha256);
const read = async (version: string, script = name): Promise<string | undefined> =>
  (await open().scripts.get(request({ params: { name: script }, query: { version } }))).text;
const stored = (word: number | string) => open().rows.bodies.get(tenant, sha(word));

const descending = (from: number, to: number): string[] =>
  Array.from({ length: from - to + 1 }, (_, index) => sha(from - index));

describe('versions of a script', () => {
  it('are its uploads, newest first, with the hooks that run each', async () => {
    await upload('one');
    const hook = await createHook();
    await upload('two');
    expect(await listVersions()).toEqual([
      {
        sha256: sha('two'),
        size: content('two').length,
        created_at: expect.stringMatching(/Z$/),
        is_current: true,
        hooks: [],
      },
      {
        sha256: sha('one'),
        size: content('one').length,
        created_at: expect.stringMatching(/Z$/),
        is_current: false,
        hooks: [{ id: hook.id, name: 'Notify' }],
      },
    ]);
    await putHook(hook, { script: name });
    expect(await shasKept()).toEqual([sha('two'), sha('one')]);
  });

  it('are read back by their SHA-256, byte by byte', async () => {
    await uploadMany(1, 3);
    const answer = await open().scripts.get(request({ params: { name }, query: { version: sha(2) } }));
    expect(answer).toEqual({
      status: 200,
      text: content(2),
      headers: { etag: `"${sha(2)}"`, 'x-content-sha256': sha(2) },
    });
    expect(await read(sha(3))).toBe(content(3));
  });

  it('are not doubled by the same content, which becomes the current one', async () => {
    await uploadMany(1, 3);
    expect(await upload(1)).toMatchObject({ status: 200, body: { sha256: sha(1) } });
    expect(await shasKept()).toEqual([sha(1), sha(3), sha(2)]);
    expect(await listVersions()).toMatchObject([{ is_current: true }, {}, { is_current: false }]);
  });

  it(`are kept up to ${scriptVersionsKept}, and their content with them`, async () => {
    await uploadMany(1, scriptVersionsKept + 2);
    expect(await shasKept()).toEqual(descending(scriptVersionsKept + 2, 3));
    for (const word of [1, 2]) expect(await stored(word)).toBeUndefined();
    expect(await stored(3)).toBe(content(3));
  });

  it('stay beyond that while a hook is pinned to them, and go with the next upload after', async () => {
    await upload(1);
    const hook = await createHook();
    await uploadMany(2, 13);
    expect(await shasKept()).toEqual([...descending(13, 4), sha(1)]);
    expect(await read(sha(1))).toBe(content(1));
    await putHook(hook, { script: name });
    expect(await shasKept()).toEqual(descending(13, 4));
    await upload(14);
    expect(await stored(1)).toBeUndefined();
  });

  it('that two scripts share are dropped when neither keeps them', async () => {
    await upload(1, 'copy.sh');
    await uploadMany(1, 12);
    expect(await stored(1)).toBe(content(1));
    await uploadMany(2, 11, 'copy.sh');
    expect(await stored(1)).toBeUndefined();
    expect(await stored(2)).toBe(content(2));
  });

  it('go with their script, but for those that others have', async () => {
    await uploadMany(1, 3);
    await upload(2, 'copy.sh');
    expect(await open().scripts.remove(request({ params: { name } }))).toEqual({ status: 204 });
    expect([await stored(1), await stored(2), await stored(3)]).toEqual([undefined, content(2), undefined]);
  });

  it('that are not kept are answered by those that are', async () => {
    await uploadMany(1, 12);
    await expect(read(sha(1))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`kept: ${sha(12)} (current), ${sha(11)}`),
    });
    await expect(read('latest')).rejects.toMatchObject({
      code: 'unprocessable',
      details: [{ field: 'version', message: expect.stringContaining('64 lower-case hex digits') }],
    });
    await expect(read(sha(1), 'nope.sh')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('no script "nope.sh"'),
    });
  });

  it(`are at most ${scriptVersionsMax}: an upload that would push out what hooks need is refused`, async () => {
    const { rows } = open();
    const shas = Array.from({ length: scriptVersionsMax }, (_, index) => `sha-${index}`);
    const versions = shas.map((sha256) => ({ sha256, size: 1, created_at: noon }));
    await rows.scripts.create(aScript({ tenant, name, sha256: 'sha-0', versions }));
    for (const [index, script_sha256] of shas.entries()) {
      const id = `hk_${index}` as const;
      await rows.hooks.put(tenant, id, aHook({ tenant, id, script: name, script_sha256 }));
    }
    await expect(upload('more')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Move some of the hooks first'),
    });
    expect(await stored('more')).toBeUndefined();
    await rows.hooks.remove(tenant, 'hk_50');
    expect(await upload('more')).toMatchObject({ status: 200 });
    const kept = await shasKept();
    expect(kept).toHaveLength(scriptVersionsMax);
    expect(kept).not.toContain('sha-50');
  });
});

describe('a script from before versions were kept', () => {
  it('has its content as the first version, and those that hooks are pinned to', async () => {
    const { rows } = open();
    const old = aScript({ tenant, name, sha256: sha('old'), size: content('old').length, updated_at: noon });
    await rows.scripts.create(old);
    for (const word of ['old', 'older']) {
      await rows.bodies.put(tenant, sha(word), content(word), { id: 'gone', nowMs: 0 });
    }
    const hook = aHook({ id: 'hk_old', tenant, script: name, script_sha256: sha('older') });
    await rows.hooks.put(tenant, hook.id, hook);
    await upload('new');
    expect(await listVersions()).toMatchObject([
      { sha256: sha('new'), is_current: true },
      { sha256: sha('old'), size: old.size, created_at: noon },
      { sha256: sha('older'), size: null, created_at: null, hooks: [{ id: 'hk_old' }] },
    ]);
    expect(await read(sha('older'))).toBe(content('older'));
    expect(await createHook({ script_sha256: sha('older') })).toMatchObject({ script_sha256: sha('older') });
  });
});

describe('a hook', () => {
  it('is created on a version that is kept', async () => {
    await uploadMany(1, 3);
    expect(await createHook({ script_sha256: sha(2) })).toMatchObject({
      script: name,
      script_sha256: sha(2),
    });
    expect(await createHook()).toMatchObject({ script_sha256: sha(3) });
  });

  it('moves to a version by its SHA-256 alone, and to the current one by the script alone', async () => {
    await uploadMany(1, 3);
    const hook = await createHook();
    expect(await putHook(hook, { script_sha256: sha(1) })).toMatchObject({ script_sha256: sha(1) });
    expect(await putHook(hook, { script: name })).toMatchObject({ script_sha256: sha(3) });
    await uploadMany(7, 8, 'other.sh');
    const other = { script: 'other.sh', script_sha256: sha(7) };
    expect(await putHook(hook, other)).toMatchObject(other);
    expect(await listVersions('other.sh')).toMatchObject([{ hooks: [] }, { hooks: [{ id: hook.id }] }]);
  });

  it('stays what it is when its own answer is sent back, whatever was uploaded since', async () => {
    await upload(1);
    const hook = await createHook();
    await uploadMany(2, 14);
    expect(await putHook(hook, hook)).toEqual({ ...hook, updated_at: expect.any(String) });
    expect(await putHook(hook, { script_sha256: sha(1) })).toMatchObject({ script_sha256: sha(1) });
    expect(await read(sha(1))).toBe(content(1));
  });

  it('moves to another script that is named in its own answer', async () => {
    await uploadMany(1, 2);
    await uploadMany(7, 8, 'other.sh');
    const hook = await createHook();
    expect(await putHook(hook, { ...hook, script: 'other.sh' })).toMatchObject({
      script: 'other.sh',
      script_sha256: sha(8),
    });
  });

  it('is pinned to no version that is not kept, or of another script', async () => {
    await uploadMany(1, 12);
    await upload('foreign', 'other.sh');
    const hook = await createHook();
    for (const script_sha256 of [sha(1), sha('foreign'), sha('never')]) {
      const refused = expect.objectContaining({
        code: 'unprocessable',
        details: [{ field: 'script_sha256', message: expect.stringContaining(`${sha(12)} (current)`) }],
      });
      await expect(putHook(hook, { script_sha256 })).rejects.toEqual(refused);
      await expect(createHook({ script_sha256 })).rejects.toEqual(refused);
    }
    await expect(putHook(hook, { script: 'other.sh', script_sha256: sha(11) })).rejects.toMatchObject({
      message: expect.stringContaining('Leave it out for the current one'),
    });
    expect(await listVersions()).toMatchObject([
      { hooks: [{ id: hook.id }] },
      ...Array.from({ length: 9 }, () => ({ hooks: [] })),
    ]);
  });

  it('is not pinned to a content that is gone, and says how to mend it', async () => {
    await upload(1);
    const { bodies } = open().rows;
    const seen = await bodies.look(tenant, sha(1), nowMs);
    if (seen.kind === 'free') await bodies.remove(tenant, sha(1), seen);
    await expect(createHook()).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('Upload it again'),
    });
    await upload(1);
    expect(await createHook()).toMatchObject({ script_sha256: sha(1) });
  });
});
