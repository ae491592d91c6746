import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog, eventNames, isMetaEvent, publishableEventNames } from '../catalog.ts';
import { prepareSecret, signedHeaders } from '../signature.ts';
import { createOpenApi } from './create-openapi.ts';
import { receivedHeaders } from './event-webhooks.ts';
import { operations } from './operations.ts';

const schemaSchema = z.record(z.string(), z.unknown());
const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema: schemaSchema })).optional(),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.object({ schema: schemaSchema })) })
    .optional(),
  responses: z.record(z.string(), z.unknown()),
});
const receivedSchema = z.object({
  post: z.looseObject({
    requestBody: z.looseObject({
      content: z.object({
        'application/json': z.object({
          schema: z.looseObject({ properties: z.looseObject({ data: schemaSchema }) }),
          example: z.unknown(),
        }),
      }),
    }),
  }),
});
const text = JSON.stringify(createOpenApi(operations));
const document = z
  .looseObject({
    paths: z.record(z.string(), z.record(z.string(), operationSchema)),
    webhooks: z.record(z.string(), receivedSchema),
    components: z.record(z.string(), schemaSchema),
  })
  .parse(JSON.parse(text));
/** As zod reads it: with references into itself. */
const asSchema = (value: unknown) =>
  z
    .custom<z.core.JSONSchema.JSONSchema>()
    .parse(JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/')));
const described = (method: string, path: string) =>
  document.paths[path]?.[method] ?? expect.fail(`no ${method} ${path}`);
const parametersOf = (method: string, path: string) =>
  Object.fromEntries((described(method, path).parameters ?? []).map(({ name, schema }) => [name, schema]));

test('every reference leads to a component', () => {
  const references = new Set(
    Array.from(text.matchAll(/"\$ref":"([^"]*)"/g), ([, reference = '']) => reference),
  );
  expect(references.size).toBeGreaterThan(10);
  for (const reference of references) {
    const [root, section, kind = '', name = ''] = reference.split('/');
    expect([root, section]).toEqual(['#', 'components']);
    expect(document.components[kind]).toHaveProperty([name]);
  }
});

test('every component is JSON Schema that a client can be made from', () => {
  const $defs = document.components['schemas'] ?? {};
  for (const [name, schema] of Object.entries($defs)) {
    expect.soft(() => z.fromJSONSchema(asSchema({ ...Object(schema), $defs })), name).not.toThrow();
  }
});

test('every operation has a name of its own', () => {
  const ids = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  expect(ids).toHaveLength(operations.length);
  expect(new Set(ids).size).toBe(ids.length);
});

test('no stored or internal field is among what answers tell', () => {
  expect(text).not.toMatch(/"(tenant|sealed_\w+|retiring_secrets|audience|drain_until|held_until)"/);
});

describe('an operation', () => {
  test('names the scope that its key needs, or what stands in for a key', () => {
    expect(described('get', '/api/v1/webhooks').security).toEqual([{ key: ['read'] }]);
    expect(described('get', '/api/v1/openapi.json').security).toEqual([]);
    expect(described('post', '/api/v1/inbound/sublarr').security).toEqual([{ source: [], signature: [] }]);
  });

  test('takes query parameters as what their text stands for', () => {
    expect(parametersOf('get', '/api/v1/hooks/logs')).toMatchObject({
      limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
      cursor: { type: 'string' },
      webhook_id: { type: 'string' },
      success: { type: 'string', enum: ['true', 'false'] },
      since: { type: 'string', format: 'date-time' },
    });
  });

  test('takes a body with what its checks know beyond their schema', () => {
    const content = described('post', '/api/v1/webhooks').requestBody?.content;
    expect(content?.['application/json']?.schema).toMatchObject({
      additionalProperties: false,
      required: ['name', 'url'],
      properties: {
        url: { format: 'uri', maxLength: 2048 },
        event_names: { items: { enum: [...publishableEventNames, '*'] } },
        filter: { anyOf: [{ minProperties: 1 }, { type: 'null' }] },
        headers: {
          anyOf: [
            { propertyNames: { maxLength: 64 }, additionalProperties: { type: 'string', maxLength: 2048 } },
            { type: 'null' },
          ],
        },
        retry_count: { default: 3 },
      },
    });
  });

  test('takes maps with the names that they may hold', () => {
    const schemaOf = (path: string) =>
      asSchema(described('put', path).requestBody?.content['application/json']?.schema);
    const weights = z.fromJSONSchema(schemaOf('/api/v1/scoring/weights'));
    expect(weights.safeParse({ episode: { hash: -1000 }, movie: { title: 1000 } }).success).toBe(true);
    expect(weights.safeParse({ episode: { title: 1 } }).success).toBe(false);
    const modifiers = z.fromJSONSchema(schemaOf('/api/v1/scoring/modifiers'));
    expect(modifiers.safeParse({ 'Open Subtitles': -100 }).success).toBe(true);
    expect(modifiers.safeParse({ 'a/b': 1 }).success).toBe(false);
  });

  test('answers with the entity tag that its requests may bring back, and with the path of what it made', () => {
    const headersOf = (method: string, path: string, status: string) =>
      Object.keys(
        z.looseObject({ headers: schemaSchema.default({}) }).parse(described(method, path).responses[status])
          .headers,
      );
    expect(headersOf('get', '/api/v1/scoring/weights', '200')).toEqual(['ETag']);
    expect(headersOf('get', '/api/v1/scoring/weights', '304')).toEqual(['ETag']);
    expect(headersOf('post', '/api/v1/webhooks', '201')).toEqual(['Location']);
    expect(headersOf('put', '/api/v1/scripts/{name}', '201')).toEqual(['Location']);
    expect(headersOf('post', '/api/v1/live/tickets', '201')).toEqual([]);
  });

  test('marks what may be sent back untouched as read-only', () => {
    const content = described('put', '/api/v1/webhooks/{id}').requestBody?.content;
    expect(content?.['application/json']?.schema).toMatchObject({
      properties: { id: { readOnly: true }, trigger_count: { readOnly: true }, name: { type: 'string' } },
    });
  });

  test('answers maps with the names that they may hold, where those are known', () => {
    expect(document.components['schemas']).toMatchObject({
      UndeliveredAtEndpoint: {
        properties: { states: { propertyNames: { enum: expect.arrayContaining(['parked']) } } },
      },
      ScoringWeights: { properties: { movie: { additionalProperties: { type: 'integer' } } } },
    });
  });

  test('answers what may grow by further fields', () => {
    expect(JSON.stringify(document.components['schemas'])).not.toContain('"additionalProperties":false');
  });
});

describe('the webhooks', () => {
  test('are the events of the catalog, and what no receiver can get is told as such', () => {
    expect(Object.keys(document.webhooks)).toEqual(eventNames);
    const neverPosted = eventNames.filter((name) =>
      String(document.webhooks[name]?.post['description']).includes('never posted'),
    );
    expect(neverPosted).toEqual(eventNames.filter(isMetaEvent));
  });

  test.each(eventNames)('%s carries the payload of the catalog, such as its sample', (name) => {
    const { schema, example } =
      document.webhooks[name]?.post.requestBody.content['application/json'] ?? expect.fail(name);
    const { data } = schema.properties;
    expect(Object.keys(z.object({ properties: schemaSchema }).parse(data).properties)).toEqual([
      ...Object.keys(catalog[name].payload),
      'coalesced',
    ]);
    const checked = z.fromJSONSchema(asSchema({ ...schema, $defs: document.components['schemas'] }));
    expect(checked.safeParse(example)).toMatchObject({ success: true });
    expect(checked.safeParse({ ...Object(example), event_name: 'other' })).toMatchObject({ success: false });
  });

  test('come with the headers that every post has', () => {
    const secret = { key: prepareSecret('a secret of ours'), untilMs: Infinity };
    const {
      'content-type': _type,
      'user-agent': _agent,
      ...headers
    } = signedHeaders(
      { id: 'evt_1', eventName: 'config_updated', body: '{}' },
      { secrets: [secret], privateKeys: [], headers: {} },
      0,
    );
    expect(Object.keys(headers).sort()).toEqual(Object.keys(receivedHeaders).sort());
  });
});
