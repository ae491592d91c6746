import type { z } from 'zod';
import { AwsError } from './service.ts';

/** Parses an operation's input; throws AwsError with the service's own validation code, naming the members. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code = 'ValidationException',
): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join('.') || 'input'}: ${issue.message}`,
  );
  throw new AwsError(code, problems.join('; '));
}
