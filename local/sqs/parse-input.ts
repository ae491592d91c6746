import type * as z from 'zod';
import { invalidParameter, invalidValue, missingParameter } from './sqs-errors.ts';

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );

/**
 * Parses an operation's input. Throws `MissingParameter` or `InvalidParameterValue` naming the first parameter
 * that is wrong.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined || issue.path.length === 0)
    throw invalidParameter('The request must be a JSON object.');
  const parameter = issue.path.join('.');
  const value = valueAt(input, issue.path);
  throw value === undefined || value === null
    ? missingParameter(parameter)
    : invalidValue(parameter, value, issue.message);
}
