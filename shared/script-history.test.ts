import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aHook, aScript } from '../test/builders/a-hook.ts';
import { noon, noonMs } from '../test/builders/an-event.ts';
import type { Script } from './hook.ts';
import {
  addVersion,
  contentsInUse,
  keptVersions,
  scriptVersionsKept,
  showVersions,
  versionsOf,
} from './script-history.ts';

const upload = (script: Script, sha256: string, nowMs = noonMs): Script => ({
  ...script,
  ...addVersion(script, { sha256, size: sha256.length }, nowMs),
});
const shasOf = (versions: readonly { readonly sha256: string }[]) => versions.map(({ sha256 }) => sha256);
const contents = fc.constantFrom(...Array.from({ length: 25 }, (_, index) => `sha-${index}`));
const uploads = fc.array(contents, { minLength: 1, maxLength: 60 });
const uploadAll = (shas: readonly string[]): Script =>
  shas.reduce((script, sha256) => upload(script, sha256), aScript({ sha256: 'first' }));

describe('an upload', () => {
  test('is the newest version, and leaves those before it', () => {
    const script = upload(upload(aScript({ sha256: 'one' }), 'two', noonMs + 5), 'three', noonMs + 9);
    expect(script).toMatchObject({ sha256: 'three', size: 5, created_at: noon });
    expect(script.versions).toEqual([
      { sha256: 'three', size: 5, created_at: new Date(noonMs + 9).toISOString() },
      { sha256: 'two', size: 3, created_at: new Date(noonMs + 5).toISOString() },
      { sha256: 'one', size: 12, created_at: noon },
    ]);
  });

  test('of an older version makes that the newest, and is no second one', () => {
    const script = uploadAll(['one', 'two', 'one']);
    expect(shasOf(script.versions)).toEqual(['one', 'two', 'first']);
    expect(script.sha256).toBe('one');
  });

  test('changes the time of the script whatever the clock says, so that no two states of it look alike', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: noonMs * 2 }), { minLength: 2 }), (clock) => {
        let script = aScript();
        for (const [index, nowMs] of clock.entries()) {
          const later = upload(script, `sha-${index}`, nowMs);
          expect(Date.parse(later.updated_at)).toBeGreaterThan(Date.parse(script.updated_at));
          script = later;
        }
      }),
    );
  });

  test('never brings a version back among the newest but its own', () => {
    fc.assert(
      fc.property(uploads, contents, (shas, sha256) => {
        const before = uploadAll(shas);
        const kept = shasOf(keptVersions(before, new Set()));
        const after = shasOf(keptVersions(upload(before, sha256), new Set()));
        expect(after.filter((each) => each !== sha256 && !kept.includes(each))).toEqual([]);
        expect(new Set(after).size).toBe(after.length);
        expect(after[0]).toBe(sha256);
      }),
    );
  });
});

describe('kept are', () => {
  test(`the newest ${scriptVersionsKept}, and older ones that a hook is pinned to`, () => {
    const shas = Array.from({ length: 14 }, (_, index) => `sha-${index}`);
    const script = uploadAll(shas);
    expect(shasOf(keptVersions(script, new Set(['sha-1', 'sha-9'])))).toEqual([
      ...shas.slice(4).toReversed(),
      'sha-1',
    ]);
  });

  test('the content of a row from before versions were kept', () => {
    const script = aScript({ updated_at: noon });
    expect(versionsOf(script)).toEqual([{ sha256: script.sha256, size: 12, created_at: noon }]);
  });
});

describe('versions are shown', () => {
  test('with the hooks of this script that run each', () => {
    const hooks = [
      aHook({ id: 'hk_1', name: 'One', script_sha256: 'one' }),
      aHook({ id: 'hk_2', name: 'Two', script_sha256: 'one' }),
      aHook({ id: 'hk_3', script: 'other.sh', script_sha256: 'two' }),
    ];
    expect(showVersions(uploadAll(['one', 'two']), hooks)).toMatchObject([
      { sha256: 'two', is_current: true, hooks: [] },
      {
        sha256: 'one',
        is_current: false,
        hooks: [
          { id: 'hk_1', name: 'One' },
          { id: 'hk_2', name: 'Two' },
        ],
      },
      { sha256: 'first', is_current: false, hooks: [] },
    ]);
  });

  test('also when a hook was pinned to one before versions were kept', () => {
    const hook = aHook({ script_sha256: 'old' });
    expect(showVersions(aScript(), [hook])).toEqual([
      expect.objectContaining({ is_current: true }),
      {
        sha256: 'old',
        size: null,
        created_at: null,
        is_current: false,
        hooks: [{ id: hook.id, name: hook.name }],
      },
    ]);
  });
});

test('in use is what any hook is pinned to and what any script keeps by itself, and nothing else', () => {
  const old = uploadAll(Array.from({ length: 12 }, (_, index) => `sha-${index}`));
  const inUse = contentsInUse([aHook({ script_sha256: 'sha-0' })], [old, aScript({ sha256: 'other' })]);
  expect(inUse).toEqual(
    new Set(['sha-0', ...Array.from({ length: 10 }, (_, index) => `sha-${index + 2}`), 'other']),
  );
});
