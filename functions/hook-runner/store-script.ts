import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpreterOf } from '../../shared/hook-run-script.ts';

/** A script on disk, ready to be started. */
export interface ScriptFile {
  readonly file: string;
  /** What its `#!` line names. */
  readonly interpreter: string;
}

/** Finds the script with this content; undefined when the content is gone. */
export type LoadScript = (tenant: string, sha256: string) => Promise<ScriptFile | undefined>;

/** Everybody may run what is in it, nobody may list it: a script is found by the hash of its content only. */
const folderMode = 0o711;
const scriptMode = 0o555;

/** Reads each content once and keeps it as a file of its own. */
export function createLoadScript(
  folder: string,
  readBody: (tenant: string, sha256: string) => Promise<string | undefined>,
): LoadScript {
  const known = new Map<string, ScriptFile>();
  return async (tenant, sha256) => {
    const key = `${tenant}#${sha256}`;
    const stored = known.get(key);
    // Somebody who tidies up /tmp may have taken it.
    if (stored !== undefined && existsSync(stored.file)) return stored;
    const body = await readBody(tenant, sha256);
    if (body === undefined) return undefined;
    const script = { file: join(folder, sha256), interpreter: interpreterOf(body) };
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, folderMode);
    // Written without a pause, so that no process is started meanwhile that inherits the file as open for writing:
    // the kernel refuses to run such a file (ETXTBSY).
    const draft = `${script.file}.${process.pid}.draft`;
    writeFileSync(draft, body);
    chmodSync(draft, scriptMode);
    renameSync(draft, script.file);
    known.set(key, script);
    return script;
  };
}
