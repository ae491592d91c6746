import { ApiError } from './api-error.ts';
import { eventNestingMax } from './limits.ts';

const isDeeper = (value: unknown, levels: number): boolean =>
  value instanceof Object &&
  (levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1)));

/** Throws `ApiError` 422 when data is nested so deeply that writing it as JSON could exhaust the stack of who reads it. */
export function requireShallow(data: Readonly<Record<string, unknown>>): void {
  if (!isDeeper(data, eventNestingMax)) return;
  throw new ApiError('unprocessable', `The data is nested more than ${eventNestingMax} levels deep.`, [
    { field: 'data', message: 'is nested too deeply' },
  ]);
}
