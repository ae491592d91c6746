import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where a worker keeps scripts and runs them. */
export interface WorkFolder {
  readonly scripts: string;
  readonly runs: string;
  remove(): void;
}

/** Makes a folder of this worker's own, which scripts of other users can pass through and not list. */
export function createWorkFolder(parent: string): WorkFolder {
  const path = mkdtempSync(join(parent, 'hook-runner-'));
  chmodSync(path, 0o711);
  return {
    scripts: join(path, 'scripts'),
    runs: join(path, 'runs'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
