import type { CatalogEvent } from './event.ts';

/**
 * The longest `NAME=value` that the kernel passes on, without its closing NUL: MAX_ARG_STRLEN, 32 pages.
 * https://man7.org/linux/man-pages/man2/execve.2.html
 */
export const environmentEntryBytesMax = 128 * 1024 - 1;
/** All entries together. The kernel takes a quarter of the stack limit, usually 2 MiB, arguments included. */
export const environmentBytesMax = 1024 * 1024;
/** The kernel counts a pointer and a closing NUL for each entry too. */
const entryOverheadBytes = 9;

/** Where a script finds the payload as a file, however large it is. */
export const eventFileVariable = 'SUBLARR_EVENT_FILE';

const reserved: ReadonlySet<string> = new Set(['SUBLARR_EVENT', 'SUBLARR_EVENT_DATA', eventFileVariable]);

// A NUL ends a string for the kernel, and line ends would let a value pass for several in the output of `env`.
// eslint-disable-next-line no-control-regex
const forbiddenInValue = /[\0\r\n]/g;

/** What environment variable a payload key becomes: `series_title` is `SUBLARR_SERIES_TITLE`. */
export const environmentNameOf = (key: string): string =>
  `SUBLARR_${key.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`;

function renderValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(forbiddenInValue, ' ');
}

/**
 * What a hook's script finds in its environment beside its folder and the file with the payload: nothing of the
 * runner's own but the search path. What the kernel would refuse as too long is left out; the file has all of it.
 * @param path where programs are searched
 */
export function createRunEnvironment(event: CatalogEvent, path: string): Record<string, string> {
  const environment: Record<string, string> = {};
  let bytes = 0;
  const add = (name: string, value: string): void => {
    const size = Buffer.byteLength(`${name}=${value}`);
    if (size > environmentEntryBytesMax) return;
    if (bytes + size + entryOverheadBytes > environmentBytesMax) return;
    bytes += size + entryOverheadBytes;
    environment[name] = value;
  };
  add('PATH', path);
  add('SUBLARR_EVENT', event.event_name);
  add('SUBLARR_EVENT_DATA', JSON.stringify(event.data));
  const taken = new Set(reserved);
  for (const [key, value] of Object.entries(event.data)) {
    const name = environmentNameOf(key);
    if (taken.has(name)) continue;
    taken.add(name);
    add(name, renderValue(value));
  }
  return environment;
}
