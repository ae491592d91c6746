import type { WriteStream } from 'node:tty';

/** What one of the two outputs can do. */
export type Stream = Pick<NodeJS.WritableStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

/** Colours, or none where they would be noise. */
export interface Paint {
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

/** Where a command writes: its results to stdout, everything else to stderr. */
export interface Terminal {
  readonly isInteractive: boolean;
  /** Characters of a line of stdout; Infinity when nobody looks at it. */
  readonly columns: number;
  /** Characters of a line of stderr, where the status is shown. */
  readonly statusColumns: number;
  readonly paint: Paint;
  /** A line of the result. */
  readonly print: (line: string) => void;
  /** A value of the result as JSON, on one line where a program reads it. */
  readonly printJson: (value: unknown) => void;
  /** A line about the work. */
  readonly note: (line: string) => void;
  /** The line that tells how far the work is, in place of the one before; nothing where nobody looks. */
  readonly showStatus: (line: string) => void;
  readonly clearStatus: () => void;
}

const sgr =
  (hasColours: boolean, open: number, close: number) =>
  (text: string): string =>
    hasColours ? `\u001B[${open}m${text}\u001B[${close}m` : text;

/** https://no-color.org */
const wantsColours = (environment: NodeJS.ProcessEnv): boolean =>
  (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';

export function createPaint(hasColours: boolean): Paint {
  return {
    green: sgr(hasColours, 32, 39),
    red: sgr(hasColours, 31, 39),
    yellow: sgr(hasColours, 33, 39),
    dim: sgr(hasColours, 2, 22),
    bold: sgr(hasColours, 1, 22),
  };
}

/** Text of others on one line, without what would steer the terminal. */
export const toPrintable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');

const clearLine = '\r\u001B[2K';

export function createTerminal(
  { stdout, stderr }: { readonly stdout: Stream; readonly stderr: Stream },
  environment: NodeJS.ProcessEnv,
): Terminal {
  const isInteractive = stdout.isTTY === true;
  const canShowStatus = stderr.isTTY === true && environment['TERM'] !== 'dumb';
  let hasStatus = false;
  const clearStatus = (): void => {
    if (hasStatus) stderr.write(clearLine);
    hasStatus = false;
  };
  const print = (line: string): void => {
    clearStatus();
    stdout.write(`${line}\n`);
  };
  return {
    isInteractive,
    columns: isInteractive ? (stdout.columns ?? 80) : Infinity,
    statusColumns: stderr.columns ?? 80,
    paint: createPaint(isInteractive && wantsColours(environment)),
    print,
    printJson: (value) => print(JSON.stringify(value, null, isInteractive ? 2 : 0)),
    note: (line) => {
      clearStatus();
      stderr.write(`${line}\n`);
    },
    showStatus: (line) => {
      if (!canShowStatus) return;
      stderr.write(`${clearLine}${line}`);
      hasStatus = true;
    },
    clearStatus,
  };
}
