import { createHash } from 'node:crypto';
import { ApiError } from '../../shared/api-error.ts';
import { findScriptProblem } from '../../shared/hook-run-script.ts';
import { scriptBytesMax } from '../../shared/limits.ts';

/** The text of a script with what follows from it. */
export interface ScriptText {
  readonly body: string;
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** Reads an uploaded script. Throws `ApiError` 413 when it is too long, 422 when it could not be run. */
export function readScript(body: string | undefined): ScriptText {
  const text = body ?? '';
  const size = Buffer.byteLength(text);
  if (size > scriptBytesMax) {
    throw new ApiError(
      'too_large',
      `The script has ${size} bytes; at most ${scriptBytesMax} are taken. Let it fetch what it needs, or split it.`,
    );
  }
  const problem = findScriptProblem(text);
  if (problem !== undefined) {
    throw new ApiError('unprocessable', `The script ${problem}.`, [{ field: 'body', message: problem }]);
  }
  return { body: text, sha256: createHash('sha256').update(text).digest('hex'), size };
}
