/** A reason why the stack cannot start that its user can mend: told as one line, without a stack trace. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The `code` of a Node error, such as `EADDRINUSE`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** An unknown thrown thing as one line, with its causes. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.message}${cause}`.replaceAll(/\s*\n\s*/g, ' ');
}
