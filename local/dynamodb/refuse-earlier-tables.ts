import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';

/** Throws StartError when the data folder holds tables of the engine before this one; they are left as they are. */
export function refuseEarlierTables(dataPath: string): void {
  const folder = join(dataPath, 'tables');
  if (!existsSync(folder)) return;
  throw new StartError(
    `The tables in ${folder} are from an earlier version and cannot be read by this one. Use that version, or move the folder away or give another with --data DIR to start with empty tables.`,
  );
}
