import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { describeError, StartError } from '../start-error.ts';

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
});

const template = z.object({
  Parameters: z
    .record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() }))
    .default({}),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

/** A CloudFormation template, as far as the local stack reads it. */
export type Template = z.infer<typeof template>;
export type TemplateResource = Template['Resources'][string];

/** Parses a template. Throws StartError when it is none. */
export function parseTemplate(json: unknown): Template {
  const parsed = template.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new StartError(`The synthesized template cannot be read: ${z.prettifyError(parsed.error)}`);
}

/** Reads and parses a template file. Throws StartError. */
export function readTemplate(path: string): Template {
  try {
    return parseTemplate(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`The synthesized template ${path} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** What keeps one resource of the template from running here. */
export class TemplateError extends StartError {
  constructor(logicalId: string, type: string, problem: string) {
    super(`The template's ${type} ${logicalId}: ${problem}`);
  }
}

/** Parses a resource's resolved properties; an unknown property is refused by name instead of being ignored. */
export function parseProperties<Schema extends z.ZodType>(
  schema: Schema,
  logicalId: string,
  type: string,
  properties: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(properties);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return `${issue.keys.map((key) => [...path, key].join('.')).join(', ')} is not emulated by the local stack`;
    }
    return `${path.join('.')}: ${issue.message}`;
  });
  throw new TemplateError(logicalId, type, problems.join('; '));
}
