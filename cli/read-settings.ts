import * as z from 'zod';

/** Where a setting was found, for `doctor`. */
export type Origin = 'flag' | 'environment' | 'file' | 'box' | 'default';

interface Setting<Value> {
  readonly value: Value;
  readonly origin: Origin;
  /** The option, the variable or the file. */
  readonly place: string;
}

/** What the commands work with. */
export interface Settings {
  readonly url: Setting<string>;
  readonly key: Setting<string> | undefined;
  readonly liveUrl: Setting<string> | undefined;
  /** What was found and is not used, and why. */
  readonly warnings: readonly string[];
  /** The file that holds the key, when others may read it too. */
  readonly openKeyFile: string | undefined;
}

/** The configuration file. */
export const settingsFileSchema = z.strictObject({
  url: z.string().optional(),
  key: z.string().optional(),
  live_url: z.string().optional(),
});
export type SettingsFile = z.infer<typeof settingsFileSchema>;

/** What was found. */
export interface Found {
  readonly flags: {
    readonly url?: string | undefined;
    readonly key?: string | undefined;
    readonly 'live-url'?: string | undefined;
  };
  readonly environment: NodeJS.ProcessEnv;
  readonly file:
    | { readonly path: string; readonly content: SettingsFile; readonly isOpenToOthers?: boolean }
    | undefined;
  /** The key that `npm start` made. */
  readonly box: { readonly path: string; readonly key: string } | undefined;
}

export const urlDefault = 'http://127.0.0.1:8484';

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** Whether a URL leads to this machine. */
export const isLoopback = (url: string): boolean => loopback.test(URL.parse(url)?.hostname ?? '');

const isSameServer = (one: string, other: string): boolean =>
  URL.parse(one)?.origin === URL.parse(other)?.origin;

/**
 * Chooses: an option before the environment, that before the file, that before the box. A key that was found beside a
 * URL goes to no other server.
 */
export function readSettings({ flags, environment, file, box }: Found): Settings {
  const setting = (value: string | undefined, origin: Origin, place: string): Setting<string>[] => {
    const given = nonEmpty(value);
    return given === undefined ? [] : [{ value: given, origin, place }];
  };
  const fileUrl = file?.content.url ?? urlDefault;
  const filePath = file?.path ?? '';
  const [url = { value: urlDefault, origin: 'default' as const, place: 'the default' }] = [
    ...setting(flags.url, 'flag', '--url'),
    ...setting(environment['SUBLARR_EVENTS_URL'], 'environment', 'SUBLARR_EVENTS_URL'),
    ...setting(file?.content.url, 'file', filePath),
  ];
  const isOfFile = isSameServer(url.value, fileUrl);
  const [key] = [
    ...setting(flags.key, 'flag', '--key'),
    ...setting(environment['SUBLARR_EVENTS_KEY'], 'environment', 'SUBLARR_EVENTS_KEY'),
    ...(isOfFile ? setting(file?.content.key, 'file', filePath) : []),
    ...(isLoopback(url.value) ? setting(box?.key, 'box', box?.path ?? '') : []),
  ];
  const [liveUrl] = [
    ...setting(flags['live-url'], 'flag', '--live-url'),
    ...setting(environment['SUBLARR_EVENTS_LIVE_URL'], 'environment', 'SUBLARR_EVENTS_LIVE_URL'),
    ...(isOfFile ? setting(file?.content.live_url, 'file', filePath) : []),
  ];
  const warnings =
    !isOfFile && key === undefined && file?.content.key !== undefined
      ? [`The key in ${filePath} is for ${fileUrl}, and is not sent to ${url.value}.`]
      : [];
  const isOpen = key?.origin === 'file' && file?.isOpenToOthers === true;
  return { url, key, liveUrl, warnings, openKeyFile: isOpen ? filePath : undefined };
}
