import { describePlace } from './describe-place.ts';

/** Where in a pattern: names of fields and operators, and positions in lists. */
export type PatternPath = readonly (string | number)[];

/** Why a pattern cannot be used; `path` leads to what is wrong, `problem` says what. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
  readonly path: PatternPath;
  readonly problem: string;

  constructor(path: PatternPath, problem: string) {
    super(`event pattern${path.length === 0 ? '' : ` at ${describePlace(path)}`}: ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}
