import * as z from 'zod';
import { publishableEventNames } from '../catalog.ts';
import { filterSchema } from '../filter-fields.ts';
import { publishEntrySchema } from '../publish-fields.ts';
import { progressFieldsSchema } from '../progress-fields.ts';
import { viewerEvents } from '../progress.ts';
import { pageFields } from '../list-query.ts';
import { modifiersSchema, providerPattern, weightsSchema } from '../scoring-fields.ts';
import { defaultWeights } from '../scoring.ts';
import { createWebhookSchema, subscriptionFields } from '../webhook-fields.ts';
import {
  customHeadersMax,
  fieldValuePattern,
  headerNameCharactersMax,
  headersSchema,
  headerValueCharactersMax,
  tokenPattern,
} from '../webhook-headers.ts';
import { components } from './components.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the checks of requests know beyond their schemas, which only the functions need to carry. */
const notes = z
  .registry<Record<string, unknown>>()
  .add(filterSchema, {
    description:
      'An event pattern, as EventBridge has them, over id, event_name, version, timestamp and data.',
    type: 'object',
    minProperties: 1,
  })
  .add(headersSchema, {
    type: 'object',
    propertyNames: { pattern: tokenPattern.source, maxLength: headerNameCharactersMax },
    additionalProperties: {
      type: 'string',
      pattern: fieldValuePattern.source,
      maxLength: headerValueCharactersMax,
    },
    maxProperties: customHeadersMax,
  })
  .add(weightsSchema.shape.episode.unwrap(), { propertyNames: { enum: Object.keys(defaultWeights.episode) } })
  .add(weightsSchema.shape.movie.unwrap(), { propertyNames: { enum: Object.keys(defaultWeights.movie) } })
  .add(modifiersSchema, { propertyNames: { pattern: providerPattern.source } })
  .add(pageFields.cursor.unwrap(), { pattern: '^[A-Za-z0-9_-]+$' })
  .add(createWebhookSchema.shape.url, { format: 'uri' })
  .add(subscriptionFields.event_names.unwrap().element, { enum: [...publishableEventNames, '*'] })
  .add(publishEntrySchema.shape.event_name, { enum: publishableEventNames })
  .add(progressFieldsSchema.shape.event_name, { enum: viewerEvents });

const params: z.core.ToJSONSchemaParams = {
  metadata: notes,
  override: ({ jsonSchema }) => tidy(jsonSchema),
  // Ids are checked by functions, and what becomes of a request's field is not its caller's concern.
  unrepresentable: ({ zodSchema }) => (zodSchema._zod.def.type === 'custom' ? { type: 'string' } : 'any'),
};

/** Takes out what says nothing to a reader: bounds of every integer, that names are strings, a date's long pattern. */
function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (Object.keys(Object(schema.propertyNames)).join() === 'type') delete schema.propertyNames;
  if (schema.format === 'date-time') delete schema.pattern;
}

function bare(schema: JsonSchema): JsonSchema {
  const { $schema: _dialect, $id: _id, '~standard': _standard, ...rest } = schema;
  return rest;
}

/** What a request may send. */
export const requestJsonSchema = (schema: z.ZodType): JsonSchema =>
  bare(
    z.toJSONSchema(schema, {
      ...params,
      io: 'input',
      override: ({ zodSchema: { _zod }, jsonSchema }) => {
        tidy(jsonSchema);
        // What an answer holds may come back with the request, and is ignored.
        const { def } = _zod;
        if (def.type === 'optional' && def.innerType._zod.def.type === 'unknown') jsonSchema.readOnly = true;
      },
    }),
  );

/** A query parameter as what its text stands for, such as an integer; as text where nothing simple does. */
export function parameterJsonSchema(schema: z.core.$ZodType): JsonSchema {
  try {
    return bare(z.toJSONSchema(schema, { ...params, unrepresentable: 'throw', io: 'output' }));
  } catch {
    return bare(z.toJSONSchema(schema, { ...params, io: 'input' }));
  }
}

/**
 * The JSON Schemas of answers. Fields may be added to answers, so none of them excludes more.
 * @returns `components` by name, and a lookup of what each of `answers` is, which refers to them
 */
export function answerJsonSchemas(answers: readonly z.ZodType[]): {
  readonly components: Readonly<Record<string, JsonSchema>>;
  readonly find: (answer: z.ZodType) => JsonSchema;
} {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id });
  // Wrapped: an answer that is a part of another one would be referred to there, under a name that is none.
  const ids = new Map(answers.map((answer, index) => [answer, `answer ${index}`]));
  for (const [answer, id] of ids) registry.add(z.object({ answer }), { id });
  const { schemas } = z.toJSONSchema(registry, {
    ...params,
    io: 'output',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      tidy(jsonSchema);
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return {
    components: Object.fromEntries(Object.keys(components).map((id) => [id, bare(schemas[id] ?? {})])),
    find: (answer) => Object(schemas[ids.get(answer) ?? '']?.properties?.['answer']),
  };
}
