import type { Job } from '../client/answers.ts';
import type { Paint } from './terminal.ts';

const widthMax = 24;

/**
 * How far a job is, as one line.
 * @param columns of the terminal: a line that does not fit it could not be taken back
 */
export function renderProgress(
  { state, total, done, failed }: Pick<Job, 'state' | 'total' | 'done' | 'failed'>,
  paint: Paint,
  columns: number,
): string {
  if (total === null) return `${state}: counting`;
  const share = total === 0 ? 1 : Math.min(1, (done + failed) / total);
  const text = ` ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total}`;
  const faults = failed === 0 ? '' : `, ${failed} failed`;
  const width = Math.max(0, Math.min(widthMax, columns - 1 - text.length - faults.length));
  const filled = Math.floor(share * width);
  const bar = `${paint.green('█'.repeat(filled))}${paint.dim('░'.repeat(width - filled))}`;
  return `${bar}${text}${faults === '' ? '' : paint.red(faults)}`;
}
