/** How the program ends. */
export const exitCodes = {
  ok: 0,
  /** It was understood, and could not be done; a signature that does not verify; a check of `doctor` that fails. */
  failed: 1,
  /** The command line or the configuration is wrong: nothing was tried. */
  usage: 2,
  /** It was begun, and had not ended when the wait for it was over. */
  pending: 3,
  /** Ctrl-C, or a signal that asked it to end. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command line or a configuration that is wrong, told as one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
