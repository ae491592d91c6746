import * as z from 'zod';

/**
 * A value that rows hold as JSON text: nobody looks into it there, and as text it is smaller, and cheaper to write and
 * to read, than as DynamoDB's typed maps and lists. Takes the value itself too.
 */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  }, schema);
