import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { runCommand } from '../test/support/run-command.ts';
import { commands } from './commands.ts';
import { moveOptionsBehind } from './run-cli.ts';

describe('--help', () => {
  test('of all names every command, every setting and every exit code', async () => {
    for (const words of [[], ['--help'], ['help'], ['-h']]) {
      const { code, stdout } = await runCommand(words);
      expect(code).toBe(0);
      for (const { name, summary } of commands) {
        expect(stdout).toContain(name);
        expect(stdout).toContain(summary);
      }
      for (const setting of ['--url', '--key', 'SUBLARR_EVENTS_KEY', 'config.json', '  2  '])
        expect(stdout).toContain(setting);
    }
  });

  test.each(commands.map((command) => [command.name, command] as const))(
    'of %s tells its arguments, its options and examples, in lines of at most 120 characters',
    async (name, { args, options, examples }) => {
      const { code, stdout } = await runCommand([...name.split(' '), '--help']);
      expect(code).toBe(0);
      for (const word of [...args, ...Object.keys(options).map((option) => `--${option}`)])
        expect(stdout).toContain(word);
      expect(examples.length).toBeGreaterThan(0);
      const lines = stdout
        .split('\n')
        .filter((line) => !examples.some((example) => line.includes(example.slice(1))));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
    },
  );

  test('stands before or after anything', async () => {
    const { stdout } = await runCommand(['emit', '--help']);
    for (const words of [
      ['help', 'emit'],
      ['--help', 'emit'],
      ['--url', 'http://x', 'emit', '--help'],
      ['emit', 'a', '--nothing', '-h'],
    ])
      expect(await runCommand(words)).toEqual({ code: 0, stdout, stderr: '' });
    const all = await runCommand(['--help']);
    expect(await runCommand(['--url', 'http://x', '--help'])).toEqual(all);
    expect(await runCommand(['help', 'webhooks'])).toEqual(await runCommand(['webhooks', '--help']));
  });

  test('of a group lists what it does', async () => {
    const { code, stdout } = await runCommand(['webhooks', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('webhooks rotate-secret ID');
    expect(stdout).not.toContain('emit NAME');
  });
});

describe('examples of the help', () => {
  test.each(commands.flatMap(({ name, examples }) => examples.map((example) => [example, name] as const)))(
    '%s is of this command',
    (example, name) => {
      expect(example.startsWith('|') ? example : `sublarr-events ${example}`).toContain(
        `sublarr-events ${name}`,
      );
    },
  );
});

const withKey = { SUBLARR_EVENTS_KEY: 'sk_hidden', SUBLARR_EVENTS_URL: 'http://127.0.0.1:9' };

describe('a command line that is wrong is one line on stderr, and exit code 2:', () => {
  test.each([
    [['nothing'], 'no command "nothing"'],
    [['webhooks'], 'needs one of list, get'],
    [['webhooks', 'nothing'], 'needs one of list, get'],
    [['--nothing', 'emit'], 'no option --nothing'],
    [['--url', 'http://x'], 'Name a command'],
    [['--json'], 'Name a command'],
    [['webhooks', 'get', '.'], '"." is no id'],
    [['webhooks', 'get', ''], '"" is no id'],
    [['emit', 'a', '--url', ''], '--url is empty'],
    [['emit', 'a', '--key='], '--key is empty'],
    [['webhooks', 'list', '--limit', '-1'], "'--limit=-XYZ'"],
    [['webhooks', 'list', '--limit'], "'--limit <value>' argument missing"],
    [['webhooks', 'list', '--url', 'http://me:two words@x'], 'user name or a password'],
    [['doctor', '--live-url', 'ws://two words@x'], 'The URL from --live-url'],
    [['emit'], 'needs NAME'],
    [['emit', 'a', 'b'], 'does not take "b"'],
    [['emit', 'a', '--nothing'], "'--nothing'"],
    [['emit', 'a', '--data', '{'], '--data is not JSON'],
    [['emit', 'a', '--data', '[]'], 'must be a JSON object'],
    [['emit', 'a', '--data', '@/nonexistent/x'], 'ENOENT'],
    [['emit', 'a', '--data', '@'], 'needs a file name'],
    [['webhooks', 'list', '--limit', 'many'], '--limit must be a whole number'],
    [['webhooks', 'create', '--enabled', '--disabled'], 'exclude each other'],
    [['webhooks', 'create', '--header', 'novalue'], '--header takes'],
    [['listen', '--forward-to', 'here'], '--forward-to must be a URL'],
    [['listen', '--forward-to', 'http://me:word@x'], '--forward-to holds a user name or a password'],
    [['listen', '--forward-to', 'http://x', '--secret', 'whsec_short'], '--secret must hold'],
    [['verify'], 'needs --body'],
    [['verify', '--body', 'x'], 'needs --secret'],
    [['verify', '--body', '-', '--headers', '-', '--secret', 'xxxxxxxx'], 'Only one'],
    [['verify', '--body', 'x', '--public-key', 'whpk_x'], 'a public key is'],
    [['verify', '--body', 'x', '--headers', '{1', '--secret', 'xxxxxxxx'], '--headers is neither'],
    [['api', 'FETCH', '/x'], 'is no method'],
    [['api', 'GET', 'x'], 'PATH begins with'],
    [['emit', 'a', '--url', 'nowhere'], 'is not the URL of an API'],
    [['emit', 'a', '--key', 'two words'], 'holds characters that no key has'],
  ])('%j', async (words, problem) => {
    const { code, stdout, stderr } = await runCommand(words, { environment: withKey });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(problem);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/sk_hidden|two words/);
  });

  test('no key', async () => {
    const { code, stderr } = await runCommand(['webhooks', 'list']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no API key');
  });
});

describe('another server that answers 200 with JSON is no API, which is exit code 1 and no stack:', () => {
  const server = createServer((_, response) => response.end('{"status": "ok"}'));
  let url = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}`;
  });
  afterAll(() => void server.close());

  test.each([
    ['emit a'],
    ['events list'],
    ['events get x'],
    ['events catalog'],
    ['webhooks list'],
    ['webhooks get x'],
    ['webhooks create --name x'],
    ['webhooks enable x'],
    ['hooks list'],
    ['scripts list'],
    ['scripts versions x'],
    ['deliveries list'],
    ['deliveries get x'],
    ['deliveries retry x'],
    ['undelivered'],
    ['replay wh_1'],
    ['replay wh_1 --dry-run'],
    ['jobs list'],
    ['jobs watch x'],
  ])('%s', async (words) => {
    const environment = { SUBLARR_EVENTS_KEY: 'sk_hidden', SUBLARR_EVENTS_URL: url };
    expect(await runCommand(words.split(' '), { environment })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sublarr-events: The server answered 200, and not as this API does. Check the URL.\n',
    });
  });
});

test.each([
  [
    ['--json', '--url', 'http://x', 'emit', 'a'],
    ['emit', 'a', '--json', '--url', 'http://x'],
  ],
  [
    ['--url=http://x', 'webhooks', 'list'],
    ['webhooks', 'list', '--url=http://x'],
  ],
  [
    ['emit', '--json'],
    ['emit', '--json'],
  ],
  [['--key'], ['--key']],
])('%j is read as %j', (words, expected) => {
  expect(moveOptionsBehind(words)).toEqual(expected);
});

test('--version tells the version', async () => {
  expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
});
