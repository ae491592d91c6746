import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lockDataFolder } from './lock-data-folder.ts';
import { describeError, errorCode, StartError } from './start-error.ts';

/** The folder that holds everything the stack remembers; locked against a second stack while open. */
export interface DataFolder {
  readonly path: string;
  readonly isEphemeral: boolean;
  file(name: string): string;
  /** The path of a file that others may not read, made when it is missing. */
  ownFile(name: string): string;
  /** The file's text, or undefined when it does not exist. */
  read(name: string): string | undefined;
  /** Replaces the file as a whole, readable by its owner alone. A crash leaves the old or the new text. */
  write(name: string, text: string): void;
  /** Unlocks the folder; an ephemeral one is removed. */
  close(): void;
}

function prepare(path: string): void {
  const probe = join(path, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new StartError(
      `Cannot write to the data folder ${path} (${errorCode(error) ?? describeError(error)}). Give another with --data DIR, or use --ephemeral.`,
      { cause: error },
    );
  }
}

/** Opens (and makes) the data folder. Throws StartError when it is not writable or another stack uses it. */
export function openDataFolder(dataDir: string | undefined): DataFolder {
  const isEphemeral = dataDir === undefined;
  const path = isEphemeral ? mkdtempSync(join(tmpdir(), 'sublarr-events-')) : resolve(dataDir);
  if (!isEphemeral) prepare(path);
  const unlock = lockDataFolder(path);
  const file = (name: string): string => join(path, name);
  return {
    path,
    isEphemeral,
    file,
    ownFile: (name) => {
      closeSync(openSync(file(name), 'a', 0o600));
      return file(name);
    },
    read: (name) => {
      try {
        return readFileSync(file(name), 'utf8');
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw new StartError(`Cannot read ${file(name)} (${describeError(error)}).`, { cause: error });
      }
    },
    write: (name, text) => {
      const draft = file(`.${name}.${randomBytes(6).toString('hex')}`);
      writeFileSync(draft, text, { mode: 0o600, flush: true });
      renameSync(draft, file(name));
    },
    close: () => {
      unlock();
      if (isEphemeral) rmSync(path, { recursive: true, force: true });
    },
  };
}
