import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkFolder } from './work-folder.ts';

let parent: string;
let memory: string;
beforeEach(() => {
  parent = mkdtempSync('/tmp/work-folder-test-');
  memory = mkdtempSync('/tmp/work-folder-test-');
});
afterEach(() => {
  for (const folder of [parent, memory]) rmSync(folder, { recursive: true, force: true });
});

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('/bin/true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** As if the folder had been made by the process with this id. */
function giveTo(folder: string, pid: number): string {
  const given = folder.replace(`-${process.pid}-`, `-${pid}-`);
  renameSync(folder, given);
  return given;
}

describe('the folder of a worker', () => {
  it('can be passed through and not listed by others, and goes with the worker', async () => {
    const folder = await createWorkFolder(parent, memory);
    const path = dirname(folder.runs);
    expect(statSync(path).mode & 0o777).toBe(0o711);
    mkdirSync(folder.runs);
    folder.remove();
    expect(readdirSync(parent)).toEqual([]);
    expect(readdirSync(memory)).toEqual([]);
  });

  it('has its pipes in memory, or beside the rest where there is no such place', async () => {
    expect(dirname(dirname((await createWorkFolder(parent, memory)).pipes))).toBe(memory);
    const folder = await createWorkFolder(parent, join(parent, 'missing'));
    expect(dirname(folder.pipes)).toBe(dirname(folder.runs));
  });

  it('of a worker that was killed is cleared by the next one, and its scripts ended', async () => {
    const folder = giveTo(dirname((await createWorkFolder(parent, memory)).runs), await deadPid());
    const place = join(folder, 'runs', 'run-abc');
    mkdirSync(place, { recursive: true });
    const script = spawn('/bin/sleep', ['1000'], { cwd: place, detached: true });
    await once(script, 'spawn');
    const ended = once(script, 'exit');
    await createWorkFolder(parent, memory);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(folder)).toBe(false);
  });

  it('of a worker that lives is left alone', async () => {
    const neighbour = spawn('/bin/sleep', ['1000']);
    await once(neighbour, 'spawn');
    const folder = giveTo(dirname((await createWorkFolder(parent, memory)).runs), neighbour.pid ?? 0);
    await createWorkFolder(parent, memory);
    expect(existsSync(folder)).toBe(true);
    neighbour.kill();
  });

  it('is all that is cleared: other folders are not looked at', async () => {
    mkdirSync(join(parent, 'hook-runner-notes'));
    mkdirSync(join(parent, 'anything'));
    await createWorkFolder(parent, memory);
    expect(readdirSync(parent)).toEqual(expect.arrayContaining(['anything', 'hook-runner-notes']));
  });
});
