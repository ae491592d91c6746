import type { ReplayCount } from '../client/answers.ts';
import type { Context } from './command.ts';

/** Shows what a dry run of a replay counted. */
export function showCount(
  { terminal, isJson }: Pick<Context, 'terminal' | 'isJson'>,
  counted: ReplayCount,
): void {
  if (isJson) terminal.printJson(counted);
  else terminal.print(`${counted.complete ? '' : 'at least '}${counted.total} would be sent`);
}
