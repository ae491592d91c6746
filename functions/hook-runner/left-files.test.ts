import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchLeftFiles } from './left-files.ts';

const room = { bsize: 4096, blocks: 1_000_000, bavail: 500_000, files: 1_000_000, ffree: 500_000 };
const plenty = () => room;

let place: string;
beforeEach(() => {
  place = mkdtempSync('/tmp/left-files-test-');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function leave(name: string, uid: number): void {
  const folder = join(place, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'inside'), '');
  chownSync(folder, uid, uid);
}

describe.runIf(process.getuid?.() === 0)('what scripts left where everybody may write', () => {
  it('stays until room is needed, and goes then with all that is in it', () => {
    const files = watchLeftFiles({ disk: [join(place, 'missing'), place], memory: [] }, plenty);
    files.begin(60_801);
    leave('left', 60_801);
    files.end(60_801);
    expect(readdirSync(place)).toEqual(['left']);
    files.clear();
    expect(readdirSync(place)).toEqual([]);
  });

  it('stays while a run of its user goes on, and is never anybody else’s', () => {
    const files = watchLeftFiles({ disk: [place], memory: [] }, plenty);
    files.begin(60_801);
    files.end(60_801);
    files.begin(60_802);
    files.begin(60_801);
    for (const uid of [0, 1000, 60_801, 60_802, 60_803]) leave(`of-${uid}`, uid);
    files.clear();
    expect(readdirSync(place)).toHaveLength(5);
    files.end(60_801);
    files.clear();
    expect(readdirSync(place).toSorted()).toEqual(['of-0', 'of-1000', 'of-60802', 'of-60803']);
  });

  it.each([
    ['a quarter of a small disk', { blocks: 8_192, bavail: 2_000 }],
    ['a gigabyte of a large one', { bavail: 200_000 }],
    ['ten thousand files of many', { ffree: 9_000 }],
  ])('goes at the end of the run that leaves less than %s', (_, fields) => {
    const files = watchLeftFiles({ disk: [join(place, 'missing'), place], memory: [] }, (path) => {
      if (path !== place) throw new Error('no such place');
      return { ...room, ...fields };
    });
    files.begin(60_801);
    files.begin(60_802);
    leave('left', 60_801);
    leave('of-another', 60_802);
    files.end(60_801);
    expect(readdirSync(place)).toEqual(['of-another']);
  });

  it('goes at the end of its run where it lies in memory', () => {
    const files = watchLeftFiles({ disk: [], memory: [join(place, 'missing'), place] }, plenty);
    files.begin(60_801);
    files.begin(60_802);
    leave('left', 60_801);
    leave('of-another', 60_802);
    files.end(60_801);
    expect(readdirSync(place)).toEqual(['of-another']);
  });

  it('stays where nobody counts the files that there is room for', () => {
    const files = watchLeftFiles({ disk: [place], memory: [] }, () => ({ ...room, files: 0, ffree: 0 }));
    files.begin(60_801);
    leave('left', 60_801);
    files.end(60_801);
    expect(readdirSync(place)).toEqual(['left']);
  });
});
