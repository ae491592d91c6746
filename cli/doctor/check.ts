/** What one check came to. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** How to mend it. */
  readonly mend?: string;
}
