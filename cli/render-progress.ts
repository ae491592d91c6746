import type { Job } from '../client/answers.ts';
import type { Paint } from './terminal.ts';

const width = 24;

/** How far a job is, as one line. */
export function renderProgress(
  { state, total, done, failed }: Pick<Job, 'state' | 'total' | 'done' | 'failed'>,
  paint: Paint,
): string {
  if (total === null) return `${state}: counting`;
  const share = total === 0 ? 1 : Math.min(1, (done + failed) / total);
  const filled = Math.floor(share * width);
  const bar = `${paint.green('█'.repeat(filled))}${paint.dim('░'.repeat(width - filled))}`;
  const faults = failed === 0 ? '' : `, ${paint.red(`${failed} failed`)}`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total}${faults}`;
}
