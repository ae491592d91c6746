import * as z from 'zod';

/** A message attribute on the wire; binary values are base64. */
export const messageAttributesSchema = z.record(
  z.string(),
  z.object({
    DataType: z.string(),
    StringValue: z.string().optional(),
    BinaryValue: z.base64().optional(),
  }),
);

export type MessageAttributes = z.output<typeof messageAttributesSchema>;

/** The attributes a receiver asked for by name, by prefix (`x.*`) or all (`All`, `.*`). */
export function selectAttributes(
  attributes: MessageAttributes,
  wanted: readonly string[],
): MessageAttributes {
  const prefixes = wanted.flatMap((name) =>
    name === 'All' || name === '*' ? [''] : name.endsWith('.*') ? [name.slice(0, -2)] : [],
  );
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => wanted.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
}
