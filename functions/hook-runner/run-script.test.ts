import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interpreterOf } from '../../shared/hook-run-script.ts';
import { createRunScript } from './run-script.ts';
import type { ScriptRun } from './run-script.ts';

const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  SUBLARR_EVENT: 'subtitle_downloaded',
};
const isRoot = process.getuid?.() === 0;

let folder: string;
let written = 0;

beforeEach(() => {
  folder = mkdtempSync('/tmp/run-script-test-');
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const folders = () => ({ runs: join(folder, 'runs'), pipes: join(folder, 'pipes') });

function writeScript(body: string) {
  const file = join(folder, `script-${written++}`);
  writeFileSync(file, body);
  chmodSync(file, 0o555);
  return { file, interpreter: interpreterOf(body) };
}

async function run(body: string, fields: Partial<ScriptRun> = {}) {
  const result = await createRunScript(
    folders(),
    Date.now,
  )({
    script: writeScript(body),
    environment,
    input: '{}',
    data: '{}',
    timeoutSeconds: 20,
    slot: 0,
    signal: new AbortController().signal,
    ...fields,
  });
  return { ...result, out: String(result.stdout), err: String(result.stderr) };
}

const pidsIn = (text: string): number[] => text.trim().split(/\s+/).map(Number);

/** A process that was killed is a zombie until somebody reaps it, and no process any more for whom it matters. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A signal is sent at once and takes effect a little later. */
const expectDead = async (pids: readonly number[]): Promise<void> => {
  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
};

describe('running a script', () => {
  it('tells exit code 0 and both outputs', async () => {
    const result = await run('#!/bin/sh\necho out\necho err >&2\n');
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0, out: 'out\n', err: 'err\n' });
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('tells another exit code', async () => {
    expect(await run('#!/bin/sh\nexit 3\n')).toMatchObject({ kind: 'exited', exitCode: 3 });
  });

  it('tells the signal that killed it', async () => {
    expect(await run('#!/bin/sh\nkill -SEGV $$\n')).toMatchObject({ kind: 'killed', signal: 'SIGSEGV' });
  });

  it('gives exactly the environment that it is given, and what belongs to its place', async () => {
    const { stdout } = await run('#!/bin/sh\ncat /proc/$$/environ\n');
    const variables = Object.fromEntries(
      String(stdout)
        .split('\0')
        .filter(Boolean)
        .map((variable) => variable.split('=')),
    );
    expect(variables).toEqual({
      ...environment,
      HOME: expect.stringContaining(`${folders().runs}/run-`),
      TMPDIR: variables['HOME'],
      SUBLARR_EVENT_FILE: expect.stringContaining(`${folders().pipes}/event-`),
    });
  });

  it('gives the payload as a file that the script alone can read, however long, and removes it afterwards', async () => {
    const data = JSON.stringify({ text: 'ä'.repeat(200_000) });
    const { out } = await run(
      '#!/bin/sh\nstat -c %a "$SUBLARR_EVENT_FILE"\necho "$SUBLARR_EVENT_FILE"\nwc -c <"$SUBLARR_EVENT_FILE"\n',
      { data },
    );
    const [mode, file = '', bytes] = out.trim().split('\n');
    expect([mode, Number(bytes)]).toEqual(['400', Buffer.byteLength(data)]);
    expect(existsSync(file)).toBe(false);
  });

  it('removes the file of the payload when the script could not be started', async () => {
    await run('#!/usr/bin/python9\n', { data: '{}' });
    expect(readdirSync(folders().pipes).filter((name) => name.startsWith('event'))).toEqual([]);
  });

  it('leaves nothing of what programs keep at home or in the folder for temporary files', async () => {
    const { out } = await run('#!/bin/sh\ntouch ~/kept\nmktemp\npwd\n');
    const [temporary = '', place = ''] = out.trim().split('\n');
    expect(temporary.startsWith(`${place}/`)).toBe(true);
    expect(existsSync(place)).toBe(false);
  });

  it('gives the whole input, however long', async () => {
    const input = JSON.stringify({ text: 'ä'.repeat(200_000) });
    const { out } = await run('#!/bin/sh\nwc -c\n', { input });
    expect(Number(out)).toBe(Buffer.byteLength(input));
  });

  it('lets a script open /dev/stdin, /dev/stdout and /dev/stderr by name', async () => {
    const result = await run('#!/bin/sh\ncat /dev/stdin >/dev/stdout\necho err >/dev/stderr\n', {
      input: 'event',
    });
    expect(result).toMatchObject({ exitCode: 0, out: 'event', err: 'err\n' });
  });

  it('does not mind a script that reads none of a long input', async () => {
    expect(await run('#!/bin/sh\nexit 0\n', { input: 'x'.repeat(1_000_000) })).toMatchObject({
      kind: 'exited',
      exitCode: 0,
    });
  });

  it('runs in an empty folder of its own under the given one, and removes what it leaves there', async () => {
    const runScript = createRunScript(folders(), Date.now);
    const places = [];
    for (const body of ['touch file; mkdir -p a/b', 'chmod 755 .', ':', ':']) {
      const result = await runScript({
        script: writeScript(`#!/bin/sh\npwd\nls -A\nstat -c %a .\n${body}\n`),
        environment,
        input: '',
        data: '',
        timeoutSeconds: 20,
        slot: 0,
        signal: new AbortController().signal,
      });
      places.push(String(result.stdout).trim());
    }
    for (const place of places) expect(place).toMatch(/^\/tmp\/[^\n]+\/runs\/run-[^\n]+\n700$/);
    // The first one is removed, the second one is not given to anybody else, the third one has not changed.
    expect(new Set(places.slice(0, 3)).size).toBe(3);
    expect(places[3]).toBe(places[2]);
    expect(readdirSync(folders().pipes).every((name) => !name.startsWith('input'))).toBe(true);
  });

  it('keeps the beginning of an endless output and lets the script write all of it', async () => {
    const before = process.memoryUsage().rss;
    const result = await run(
      '#!/bin/sh\nhead -c 50000000 /dev/zero\nhead -c 50000000 /dev/zero >&2\necho done >&2\n',
    );
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(result.stdout).toHaveLength(4097);
    expect(result.stderr).toHaveLength(4097);
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  });

  it('keeps binary output as it is', async () => {
    const { stdout } = await run("#!/bin/sh\nprintf '\\377\\000\\200a'\n");
    expect([...stdout]).toEqual([0xff, 0, 0x80, 0x61]);
  });

  it('runs without a shell: the name of the file is no command', async () => {
    const file = join(folder, '$(touch injected)');
    writeFileSync(file, '#!/bin/sh\necho "$#"\n');
    chmodSync(file, 0o555);
    expect(await run('', { script: { file, interpreter: '/bin/sh' } })).toMatchObject({ out: '0\n' });
  });
});

describe('the end of a script', () => {
  it('comes at the timeout, for its children too, and keeps the output so far', async () => {
    const result = await run(
      '#!/bin/sh\necho started\n(echo child; exec sleep 1000) &\necho $! >&2\n(sleep 1000; :) &\necho $! >&2\nwait\n',
      { timeoutSeconds: 1 },
    );
    expect(result).toMatchObject({ kind: 'timed_out', timeoutSeconds: 1 });
    expect(result.out).toContain('started');
    expect(result.out).toContain('child');
    expect(pidsIn(result.err)).toHaveLength(2);
    await expectDead(pidsIn(result.err));
  });

  it('comes at the timeout for a script that ignores SIGTERM', async () => {
    const result = await run("#!/bin/sh\ntrap '' TERM INT HUP\necho $$\nwhile :; do sleep 1; done\n", {
      timeoutSeconds: 1,
    });
    expect(result.kind).toBe('timed_out');
    await expectDead(pidsIn(result.out));
  });

  it('comes when the worker has to end, and keeps the output so far', async () => {
    const stop = new AbortController();
    const marker = join(folder, 'started');
    writeFileSync(marker, '');
    chmodSync(marker, 0o666);
    const running = run(`#!/bin/sh\necho $$\necho x > ${marker}\nexec sleep 1000\n`, { signal: stop.signal });
    await expect.poll(() => readFileSync(marker, 'utf8'), { timeout: 10_000 }).toBe('x\n');
    stop.abort();
    const result = await running;
    expect(result.kind).toBe('stopped');
    await expectDead(pidsIn(result.out));
  });

  it('never comes to a beginning when the worker has to end already', async () => {
    expect(await run('#!/bin/sh\n', { signal: AbortSignal.abort() })).toMatchObject({ kind: 'stopped' });
  });

  it('ends what it left behind in its group', async () => {
    const result = await run('#!/bin/sh\nsleep 1000 >/dev/null 2>&1 &\necho $!\n');
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0 });
    await expectDead(pidsIn(result.out));
  });

  it('ends what left its group, and does not wait for the output that this holds open', async () => {
    const result = await run("#!/bin/sh\nsetsid sh -c 'echo $$; exec sleep 1000' &\nsleep 0.2\necho done\n");
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(result.durationMs).toBeLessThan(5_000);
    const [pid = 0] = pidsIn(result.out);
    expect(result.out).toContain('done');
    await expectDead([pid]);
  });

  it('does not wait for the output that a process far away holds open', async () => {
    const result = await run('#!/bin/sh\ncd /\nsetsid sleep 30 &\necho $!\n');
    expect(result).toMatchObject({ kind: 'exited', exitCode: 0 });
    for (const pid of pidsIn(result.out)) process.kill(pid, 'SIGKILL');
  });
});

describe.runIf(existsSync('/proc/self/oom_score_adj'))('a machine that runs out of memory', () => {
  it('ends a script and its children before its worker', async () => {
    const own = () => Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
    const before = own();
    const { out } = await run('#!/bin/sh\ncat /proc/self/oom_score_adj\n');
    expect(Number(out)).toBeGreaterThan(before);
    expect(own()).toBe(before);
  });
});

describe('a script that cannot be started', () => {
  it.each([
    ['whose interpreter is missing', '#!/usr/bin/python9\n', 'interpreter /usr/bin/python9'],
    ['whose interpreter is a folder', '#!/tmp\n', 'EACCES'],
    ['whose interpreter is no program', '#!/etc/passwd\n', 'may not be executed'],
  ])('%s says so', async (_, body, problem) => {
    const result = await run(body);
    expect(result.kind).toBe('not_started');
    expect(result.kind === 'not_started' && result.problem).toContain(problem);
  });

  it('leaves nothing open', async () => {
    const count = () => readdirSync('/proc/self/fd').length;
    const runScript = createRunScript(folders(), Date.now);
    const missing = {
      script: writeScript('#!/nope\n'),
      environment,
      input: '',
      data: '',
      timeoutSeconds: 5,
      slot: 0,
      signal: new AbortController().signal,
    };
    await runScript(missing);
    const before = count();
    for (let runs = 0; runs < 20; runs++) await runScript(missing);
    await expect.poll(count).toBeLessThanOrEqual(before);
  });
});

describe('scripts at the same time', () => {
  it('do not wait for each other', async () => {
    const runScript = createRunScript(folders(), Date.now);
    const script = writeScript('#!/bin/sh\ncat\n');
    const inputs = Array.from({ length: 40 }, (_, slot) => `input ${slot}`);
    const results = await Promise.all(
      inputs.map((input, slot) =>
        runScript({
          script,
          environment,
          input,
          data: '',
          timeoutSeconds: 20,
          slot,
          signal: new AbortController().signal,
        }),
      ),
    );
    expect(results.map(({ stdout }) => String(stdout))).toEqual(inputs);
  });
});

describe.runIf(isRoot)('a script of a runner that is root', () => {
  it('runs as another user and group, a different one in each slot', async () => {
    const first = await run('#!/bin/sh\nid -u\nid -g\nid -G\n', { slot: 0 });
    const second = await run('#!/bin/sh\nid -u\n', { slot: 1 });
    const [user, group, groups] = first.out.trim().split('\n');
    expect(Number(user)).toBeGreaterThan(0);
    expect(group).toBe(user);
    expect(groups).toBe(user);
    expect(second.out.trim()).not.toBe(user);
  });

  it('cannot read the environment of the runner', async () => {
    const result = await run(`#!/bin/sh\ncat /proc/${process.pid}/environ\n`);
    expect(result).toMatchObject({ kind: 'exited', exitCode: 1, out: '' });
    expect(result.err).toContain('Permission denied');
  });

  it('ends what went far away: out of its group, its session and its folder', async () => {
    const far = "#!/bin/sh\ncd /\n(setsid sh -c 'echo $$; exec sleep 1000' >&2 &)\nsleep 0.3\n";
    const { kind, err } = await run(far);
    expect(kind).toBe('exited');
    expect(pidsIn(err)).toHaveLength(1);
    await expectDead(pidsIn(err));
  });

  it('can write to its own folder and not to the others’', async () => {
    expect(await run('#!/bin/sh\ntouch mine && ! touch ../theirs 2>/dev/null\n')).toMatchObject({
      exitCode: 0,
    });
  });
});
