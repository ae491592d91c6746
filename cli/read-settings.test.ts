import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from './exit-codes.ts';
import { findSettings, settingsPath } from './find-settings.ts';
import { readSettings } from './read-settings.ts';
import type { Found } from './read-settings.ts';

const found = (overrides: Partial<Found>): Found => ({
  flags: {},
  environment: {},
  file: undefined,
  box: undefined,
  ...overrides,
});
const file = (content: NonNullable<Found['file']>['content']) => ({ path: '/config.json', content });
const box = { path: '/box/api-key', key: 'sk_box' };

describe('a setting is', () => {
  test('that of the box when nothing is said', () => {
    expect(readSettings(found({ box }))).toMatchObject({
      url: { value: 'http://127.0.0.1:8484', origin: 'default' },
      key: { value: 'sk_box', origin: 'box', place: '/box/api-key' },
      liveUrl: undefined,
    });
  });

  test('an option before the environment, that before the file, that before the box', () => {
    const all = found({
      flags: { key: 'sk_flag' },
      environment: { SUBLARR_EVENTS_KEY: 'sk_environment', SUBLARR_EVENTS_LIVE_URL: 'ws://e/live' },
      file: file({ key: 'sk_file', live_url: 'ws://f/live' }),
      box,
    });
    expect(readSettings(all)).toMatchObject({ key: { value: 'sk_flag' }, liveUrl: { value: 'ws://e/live' } });
    expect(readSettings({ ...all, flags: {} }).key?.value).toBe('sk_environment');
    expect(readSettings({ ...all, flags: {}, environment: {} })).toMatchObject({
      key: { value: 'sk_file' },
      liveUrl: { value: 'ws://f/live' },
    });
  });

  test('not there when it is empty', () => {
    const environment = { SUBLARR_EVENTS_KEY: '', SUBLARR_EVENTS_URL: '' };
    expect(readSettings(found({ environment, box }))).toMatchObject({
      url: { origin: 'default' },
      key: { value: 'sk_box' },
    });
  });
});

describe('a key goes to no other server than the one beside which it was found:', () => {
  test('that of the file to the URL of the file alone', () => {
    const of = (url: string) =>
      readSettings(found({ flags: { url }, file: file({ url: 'https://mine.example', key: 'sk_file' }) }));
    expect(of('https://mine.example/').key?.value).toBe('sk_file');
    expect(of('https://other.example')).toMatchObject({
      key: undefined,
      warnings: [expect.stringContaining('is for https://mine.example')],
    });
  });

  test('that of a file without a URL to the box alone', () => {
    const of = (url: string) => readSettings(found({ flags: { url }, file: file({ key: 'sk_file' }) }));
    expect(of('http://127.0.0.1:8484').key?.value).toBe('sk_file');
    expect(of('https://other.example').key).toBeUndefined();
  });

  test('that of the box to this machine alone', () => {
    const of = (url: string) =>
      readSettings(found({ environment: { SUBLARR_EVENTS_URL: url }, box })).key?.value;
    for (const url of ['http://127.0.0.1:9000', 'http://localhost:1', 'http://[::1]:8484'])
      expect(of(url)).toBe('sk_box');
    for (const url of ['https://127.0.0.1.example', 'http://10.0.0.7:8484', 'nonsense'])
      expect(of(url)).toBeUndefined();
  });
});

describe('looking for settings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sublarr-events-settings-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (text: string): Promise<NodeJS.ProcessEnv> => {
    await mkdir(join(folder, 'sublarr-events'), { recursive: true });
    await writeFile(join(folder, 'sublarr-events', 'config.json'), text);
    return { XDG_CONFIG_HOME: folder };
  };

  test('finds the file, and the key of a box', async () => {
    const environment = await write('{"url": "http://x", "key": "sk_1"}');
    await mkdir(join(folder, '.sublarr-events'));
    await writeFile(join(folder, '.sublarr-events', 'api-key'), 'sk_box\n');
    expect(findSettings({}, environment, ['/nonexistent', folder])).toMatchObject({
      file: { content: { url: 'http://x', key: 'sk_1' } },
      box: { key: 'sk_box' },
    });
  });

  test('reads a file as Windows writes it, with a mark before it', async () => {
    const environment = await write('\uFEFF{"key": "sk_1"}');
    expect(findSettings({}, environment, [])).toMatchObject({ file: { content: { key: 'sk_1' } } });
  });

  test.skipIf(process.platform === 'win32').each([
    [0o600, undefined],
    [0o640, 'config.json'],
    [0o604, 'config.json'],
  ])('tells when the file of the key may be read by others (%o)', async (mode, expected) => {
    const environment = await write('{"key": "sk_1"}');
    await chmod(join(folder, 'sublarr-events', 'config.json'), mode);
    const { openKeyFile } = readSettings(findSettings({}, environment, []));
    expect(openKeyFile?.split('/').at(-1)).toBe(expected);
    const flagged = readSettings(findSettings({ key: 'sk_2' }, environment, []));
    expect(flagged.openKeyFile).toBeUndefined();
  });

  test('finds nothing where there is nothing', () => {
    expect(findSettings({}, { XDG_CONFIG_HOME: folder }, [folder])).toMatchObject({
      file: undefined,
      box: undefined,
    });
  });

  test.each([['{"kee": "sk_1"}'], ['{"key": 5}'], ['sk_1'], ['[]']])(
    'refuses the file %s, and shows no key',
    async (text) => {
      const environment = await write(text);
      expect(() => findSettings({}, environment, [])).toThrow(UsageError);
      expect(() => findSettings({}, environment, [])).not.toThrow('sk_1');
    },
  );

  test('is where XDG says, and a relative folder is passed over', () => {
    expect(settingsPath({ XDG_CONFIG_HOME: '/x' })).toBe('/x/sublarr-events/config.json');
    expect(settingsPath({ XDG_CONFIG_HOME: 'x', HOME: '/home/me' })).toBe(
      '/home/me/.config/sublarr-events/config.json',
    );
  });
});
