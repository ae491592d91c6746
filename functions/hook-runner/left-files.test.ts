import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchLeftFiles } from './left-files.ts';

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
    const files = watchLeftFiles([join(place, 'missing'), place]);
    files.begin(60_801);
    leave('left', 60_801);
    files.end(60_801);
    expect(readdirSync(place)).toEqual(['left']);
    files.clear();
    expect(readdirSync(place)).toEqual([]);
  });

  it('stays while a run of its user goes on, and is never anybody else’s', () => {
    const files = watchLeftFiles([place]);
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
});
