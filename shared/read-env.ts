import * as z from 'zod';

/** A variable that holds a whole number. */
export const wholeNumberSchema = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);

/**
 * Reads a deployable's environment once, at its start. Throws one line that names every variable that is missing
 * or wrong.
 */
export function readEnv<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): z.output<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The environment is not complete: ${problems.join('; ')}`);
}
