import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { ownerOf } from './run-script.ts';
import type { ScriptRun } from './run-script.ts';
import { createScriptProcess } from './script-process.ts';
import type { ScriptProcess } from './script-process.ts';

const entry = join(import.meta.dirname, 'scripts.process.ts');

let folder: string;
let scripts: ScriptProcess;
let log: ReturnType<typeof collectLog>;

const foldersOf = (parent: string) => ({ runs: join(parent, 'runs'), pipes: join(parent, 'pipes') });

beforeEach(() => {
  folder = mkdtempSync('/tmp/script-process-test-');
  chmodSync(folder, 0o755);
  log = collectLog();
  scripts = createScriptProcess(entry, foldersOf(folder), log);
});
afterEach(() => {
  scripts.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

let written = 0;
function runOf(body: string, fields: Partial<ScriptRun> = {}): ScriptRun {
  const file = join(folder, `script-${written++}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return {
    script: { file, interpreter: '/bin/sh' },
    environment: { PATH: '/usr/bin:/bin', NAME: 'value' },
    input: 'the event',
    data: '{}',
    timeoutSeconds: 20,
    slot: 0,
    signal: new AbortController().signal,
    ...fields,
  };
}

/** A script's own sign of life, and its process. */
async function pidIn(file: string): Promise<number> {
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
  return Number(readFileSync(file, 'utf8'));
}

function signOfLife(): string {
  const file = join(folder, `alive-${written++}`);
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  return file;
}

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('the process that runs scripts', () => {
  it('gives a script its input, environment and place, and tells how it ended', async () => {
    const result = await scripts.runScript(runOf('cat; echo "$NAME"; pwd; echo err >&2; exit 3'));
    expect(result).toMatchObject({ kind: 'exited', exitCode: 3 });
    expect(String(result.stdout)).toContain(`the eventvalue\n${folder}/runs/`);
    expect(String(result.stderr)).toBe('err\n');
  });

  it('runs scripts side by side in one process', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, slot) => scripts.runScript(runOf('echo $PPID', { slot }))),
    );
    expect(new Set(results.map(({ stdout }) => Number(String(stdout))))).toEqual(new Set([scripts.pid()]));
  });

  it('holds no credentials: its environment is empty', async () => {
    await scripts.runScript(runOf(':'));
    const variables = readFileSync(`/proc/${scripts.pid()}/environ`, 'utf8').split('\0').filter(Boolean);
    // Node's own, by which it knows its channel to the worker.
    expect(variables.filter((each) => !each.startsWith('NODE_CHANNEL_'))).toEqual([]);
  });

  it('ends a script that is to stop, and begins none after that', async () => {
    const alive = signOfLife();
    const stop = new AbortController();
    const running = scripts.runScript(runOf(`echo $$ >${alive}; exec sleep 1000`, { signal: stop.signal }));
    const pid = await pidIn(alive);
    stop.abort();
    expect(await running).toMatchObject({ kind: 'stopped' });
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(await scripts.runScript(runOf(':', { signal: stop.signal }))).toMatchObject({ kind: 'stopped' });
  });

  it('that is killed leaves no script behind, its runs count as stopped, and the next run gets another', async () => {
    const alive = signOfLife();
    const running = scripts.runScript(runOf(`echo $$ >${alive}; exec sleep 1000`));
    const [script, first] = [await pidIn(alive), scripts.pid() ?? 0];
    process.kill(first, 'SIGKILL');
    expect(await running).toMatchObject({ kind: 'stopped' });
    await expect.poll(() => isAlive(script)).toBe(false);
    expect(log.lines).toMatchObject([{ level: 'error', reason: 'SIGKILL', count: 1 }]);
    expect(await scripts.runScript(runOf(':'))).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(scripts.pid()).not.toBe(first);
  });

  it('ends its scripts and itself when its worker is gone', async () => {
    const alive = signOfLife();
    void scripts.runScript(runOf(`echo $$ >${alive}; exec sleep 1000`));
    const [script, server] = [await pidIn(alive), scripts.pid() ?? 0];
    scripts.close();
    await expect.poll(() => [script, server].filter(isAlive)).toEqual([]);
    expect(log.lines).toEqual([]);
  });

  it('that does not come up fails its runs, which are then nobody’s fault', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'process.exit(7);');
    scripts = createScriptProcess(broken, foldersOf(folder), log);
    await expect(scripts.runScript(runOf(':'))).rejects.toThrow('did not come up: exit code 7');
  });
});

describe.runIf(process.getuid?.() === 0)('a script that starts processes without end', () => {
  it('comes to its limit, keeps no other from running, and nothing of it is left', async () => {
    const slot = 77;
    const uid = ownerOf(slot)?.uid;
    const processes = () =>
      readdirSync('/proc').filter(
        (pid) => /^\d+$/.test(pid) && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid,
      );
    const bomb =
      'cd /\nbomb() { (sleep 0.05; bomb) & setsid sh -c "exec sleep 1000" & sleep 0.05; bomb; }\nbomb';
    const running = scripts.runScript(runOf(bomb, { slot, timeoutSeconds: 3 }));
    await expect.poll(() => processes().length, { timeout: 10_000 }).toBeGreaterThan(50);
    expect(await scripts.runScript(runOf('echo fine', { slot: 1 }))).toMatchObject({ exitCode: 0 });
    expect(processes().length).toBeLessThanOrEqual(128);
    await running;
    await expect.poll(() => processes().map(Number).filter(isAlive)).toEqual([]);
  });
});
