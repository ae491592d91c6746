import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawnSync } from 'node:child_process';
import { openRunFolders } from './run-folders.ts';

let parent: string;
beforeEach(() => {
  parent = join(mkdtempSync('/tmp/run-folders-test-'), 'runs');
});
afterEach(() => rmSync(join(parent, '..'), { recursive: true, force: true }));

describe('the folder of a run', () => {
  it('is empty, its owner’s alone, and lies where nobody can list its neighbours', () => {
    const path = openRunFolders(parent).take(0, undefined);
    expect(readdirSync(path)).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(parent).mode & 0o777).toBe(0o711);
  });

  it('is given to the next run of its slot, and to no other slot', async () => {
    const folders = openRunFolders(parent);
    const path = folders.take(0, undefined);
    await folders.giveBack(0, path);
    expect(folders.take(1, undefined)).not.toBe(path);
    expect(folders.take(0, undefined)).toBe(path);
  });

  it('goes with what its script left in it', async () => {
    const folders = openRunFolders(parent);
    const path = folders.take(0, undefined);
    writeFileSync(join(path, '.left'), '');
    await folders.giveBack(0, path);
    expect(existsSync(path)).toBe(false);
    expect(folders.take(0, undefined)).not.toBe(path);
  });

  it.each([
    ['thousands of files', 'for (let n = 0; n < 5000; n++) fs.writeFileSync(`file-${n}`, "")'],
    [
      'folders inside each other, deeper than any path is long',
      'for (let n = 0; n < 3000; n++) { fs.mkdirSync("d"); process.chdir("d"); }',
    ],
    [
      'files and folders that its script locked',
      'fs.mkdirSync("a/b", { recursive: true }); for (const path of ["a/b", "a"]) fs.chmodSync(path, 0)',
    ],
    [
      'links that lead elsewhere or nowhere',
      'fs.symlinkSync("/", "root"); fs.symlinkSync("loop", "loop"); fs.symlinkSync(__dirname, "folder")',
    ],
  ])('goes with %s', async (_, fill) => {
    const folders = openRunFolders(parent);
    const path = folders.take(0, undefined);
    expect(spawnSync(process.execPath, ['-e', fill], { cwd: path }).status).toBe(0);
    await folders.giveBack(0, path);
    expect(readdirSync(parent)).toEqual([]);
  });

  it.each([
    ['opened to others', (path: string) => chmodSync(path, 0o777)],
    ['removed', (path: string) => rmSync(path, { recursive: true })],
    [
      'replaced by a file',
      (path: string) => {
        rmSync(path, { recursive: true });
        writeFileSync(path, '');
      },
    ],
  ])('is not given to anybody else when it was %s', async (_, change) => {
    const folders = openRunFolders(parent);
    const path = folders.take(0, undefined);
    await folders.giveBack(0, path);
    change(path);
    const next = folders.take(0, undefined);
    expect(next).not.toBe(path);
    expect(readdirSync(next)).toEqual([]);
  });

  it('is made although somebody tidied up', () => {
    const folders = openRunFolders(parent);
    folders.take(0, undefined);
    rmSync(parent, { recursive: true });
    expect(readdirSync(folders.take(1, undefined))).toEqual([]);
  });
});
