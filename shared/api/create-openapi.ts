import * as z from 'zod';
import { scopes } from '../api-key.ts';
import { sourceParameter } from '../source.ts';
import { describeWebhooks, webhookComponents } from './event-webhooks.ts';
import { answerJsonSchemas, parameterJsonSchema, requestJsonSchema } from './json-schemas.ts';
import type { JsonSchema } from './json-schemas.ts';
import type { Operation } from './operation.ts';

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });

const securitySchemes = {
  key: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: `A key has some of the scopes ${scopes.join(', ')}; each operation names the one that it needs.`,
  },
  source: { type: 'apiKey', in: 'query', name: sourceParameter, description: 'The id of a source.' },
  basic: { type: 'http', scheme: 'basic', description: 'Of a source with a user name or password.' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Sublarr-Signature',
    description: '`sha256=` and the hex HMAC-SHA256 of the body under the secret of the source.',
  },
};

const descriptions: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted: it is done from here on',
  204: 'Done',
  304: 'Still the same',
};

const securityOf = ({ scope, proofs = [] }: Operation) =>
  scope === 'open'
    ? proofs.map((names) => Object.fromEntries(names.map((name) => [name, []])))
    : [{ key: [scope] }];

function parametersOf({ path, query, headers = {} }: Operation) {
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      schema: parameterJsonSchema(schema),
    })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      description,
      schema: { type: 'string' },
    })),
  ];
}

function describeBody({ body }: Operation) {
  if (body === undefined) return {};
  if ('text' in body) {
    const content = { 'text/plain': { schema: { type: 'string' } } };
    return { requestBody: { description: body.text, required: true, content } };
  }
  const required = body.optional !== true;
  return { requestBody: { required, content: json(requestJsonSchema(body.json)) } };
}

const text = (description: string) => ({ description, required: true, schema: { type: 'string' } });

/** What an answer carries beside its body. */
function headersOf({ path, method, headers = {} }: Operation, status: string, paths: ReadonlySet<string>) {
  if (Object.hasOwn(headers, 'If-None-Match')) {
    return { headers: { ETag: text('Of this answer, for `If-None-Match`.') } };
  }
  const hasPath = method === 'PUT' || paths.has(`${path}/{id}`);
  return status === '201' && hasPath ? { headers: { Location: text('Its path.') } } : {};
}

function describeOperation(
  operation: Operation,
  paths: ReadonlySet<string>,
  findSchema: (answer: z.ZodType) => JsonSchema,
) {
  const { id, tag, summary, description, answers } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...describeBody(operation),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          {
            description: descriptions[Number(status)] ?? 'Done',
            ...headersOf(operation, status, paths),
            ...(answer === 'none' ? {} : { content: contentOf(answer, findSchema) }),
          },
        ]),
      ),
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const contentOf = (answer: z.ZodType | 'text', findSchema: (answer: z.ZodType) => JsonSchema) =>
  answer === 'text' ? { 'text/plain': { schema: { type: 'string' } } } : json(findSchema(answer));

const isSchema = (answer: unknown): answer is z.ZodType => answer instanceof z.ZodType;

/** The OpenAPI 3.1 document of the given routes and of what webhooks receive. */
export function createOpenApi(operations: readonly Operation[]) {
  const answers = operations.flatMap((operation) => Object.values(operation.answers).filter(isSchema));
  const schemas = answerJsonSchemas(answers);
  const known = new Set(operations.map(({ path }) => path));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation, known, schemas.find),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'sublarr-events',
      version: '1',
      description:
        'Carries catalog events to webhooks, hook scripts and live viewers. Lists answer `next_cursor`; it is the `cursor` of the next page, and null on the last. New fields may be added to answers.',
    },
    // Relative to where the document was found.
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag)), 'Received'].map((name) => ({ name })),
    paths,
    webhooks: describeWebhooks(),
    components: {
      ...webhookComponents,
      securitySchemes,
      schemas: { ...schemas.components, ...webhookComponents.schemas },
      responses: {
        ...webhookComponents.responses,
        Error: {
          description: 'The `message` says what was wrong and how to mend it',
          content: json({ $ref: '#/components/schemas/Error' }),
        },
      },
    },
  };
}
