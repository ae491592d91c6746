import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './exit-codes.ts';
import { decodeText } from './read-data.ts';
import { settingsFileSchema } from './read-settings.ts';
import type { Found } from './read-settings.ts';

/** The text of a file, undefined when there is none. Throws `UsageError` when it cannot be read. */
function readText(path: string): string | undefined {
  try {
    return decodeText(readFileSync(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`${path} cannot be read (${String(code ?? error)}).`, { cause: error });
  }
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
export function settingsPath(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_CONFIG_HOME'];
  // A relative one is to be ignored.
  const folder = base?.startsWith('/') === true ? base : join(environment['HOME'] ?? homedir(), '.config');
  return join(folder, 'sublarr-events', 'config.json');
}

/** Whether anybody but the owner may read a file; Windows has no such bits. */
const isOpenToOthers = (path: string): boolean =>
  process.platform !== 'win32' && (statSync(path).mode & 0o044) !== 0;

function readFile(path: string): Found['file'] {
  const text = readText(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is not JSON. It holds {"url": …, "key": …, "live_url": …}.`, { cause });
  }
  const parsed = settingsFileSchema.safeParse(value);
  if (parsed.success) return { path, content: parsed.data, isOpenToOthers: isOpenToOthers(path) };
  const [issue] = parsed.error.issues;
  // The whole message: it names keys and types, and no values.
  throw new UsageError(`${path}: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}.`);
}

/** What `npm start` writes into its data folder, which is in the project's unless told. */
const boxKey = join('.sublarr-events', 'api-key');

function findBox(folders: readonly string[]): Found['box'] {
  for (const folder of folders) {
    const path = join(folder, boxKey);
    const key = readText(path)?.trim();
    if (key !== undefined && key !== '') return { path, key };
  }
  return undefined;
}

/**
 * Looks for settings. Throws `UsageError` for a file that is there and cannot be used.
 * @param boxFolders where a box may keep its data
 */
export function findSettings(
  flags: Found['flags'],
  environment: NodeJS.ProcessEnv,
  boxFolders: readonly string[],
): Found {
  return {
    flags,
    environment,
    file: readFile(settingsPath(environment)),
    box: findBox(boxFolders),
  };
}
