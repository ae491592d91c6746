import { catalog, eventNames, isMetaEvent } from '../catalog.ts';
import type { EventName, PayloadType } from '../catalog.ts';
import type { JsonSchema } from './json-schemas.ts';

const typeOf: Readonly<Record<PayloadType, JsonSchema>> = {
  string: { type: ['string', 'null'] },
  integer: { type: ['integer', 'null'] },
  number: { type: ['number', 'null'] },
  boolean: { type: ['boolean', 'null'] },
  'string[]': { type: ['array', 'null'], items: { type: 'string' } },
};

/** What a receiver finds in `data` of an event. Producers may leave keys out, send null, and add keys of their own. */
const payloadSchema = (name: EventName): JsonSchema => ({
  type: 'object',
  properties: {
    ...Object.fromEntries(
      Object.entries<PayloadType>(catalog[name].payload).map(([key, type]) => [key, typeOf[type]]),
    ),
    coalesced: { $ref: '#/components/schemas/Coalesced' },
  },
});

const bodySchema = (name: EventName): JsonSchema => ({
  type: 'object',
  properties: {
    event_name: { const: name },
    version: { type: 'integer' },
    timestamp: { type: 'string', format: 'date-time', description: 'When it was published.' },
    data: payloadSchema(name),
  },
  required: ['event_name', 'version', 'timestamp', 'data'],
});

/** What a post carries beside its body, by name in the case of the standard's documents. */
export const receivedHeaders = {
  'webhook-id': {
    required: true,
    description:
      'The id of the event: equal on every attempt. That of a digest is the id of its first event.',
  },
  'webhook-timestamp': { required: true, description: 'When this attempt was made, in epoch seconds.' },
  'webhook-signature': {
    required: true,
    description:
      'The signatures by every live key, the newest first: `v1,` and the base64 HMAC-SHA256, or `v1a,` and the base64 ed25519 signature, of `{webhook-id}.{webhook-timestamp}.{body}`.',
  },
  'x-sublarr-event': { required: true, description: 'The name of the event.' },
  'x-sublarr-signature': {
    required: false,
    description:
      '`sha256=` and the hex HMAC-SHA256 of the body; absent when v1a alone signs. During a rotation by the oldest live secret.',
  },
} as const;

const parameters = Object.keys(receivedHeaders).map((name) => ({
  $ref: `#/components/parameters/${name}`,
}));

/** What the webhooks have in common. */
export const webhookComponents = {
  schemas: {
    Coalesced: {
      description: 'What a digest stands for; absent on a single event.',
      type: 'object',
      properties: {
        count: { type: 'integer' },
        first_timestamp: { type: 'string', format: 'date-time' },
        last_timestamp: { type: 'string', format: 'date-time' },
        event_ids: { type: 'array', items: { type: 'string' }, description: 'The first hundred.' },
      },
      required: ['count', 'first_timestamp', 'last_timestamp', 'event_ids'],
    },
  },
  parameters: Object.fromEntries(
    Object.entries(receivedHeaders).map(([name, header]) => [
      name,
      { name, in: 'header', ...header, schema: { type: 'string' } },
    ]),
  ),
  responses: {
    Delivered: { description: 'It was taken.' },
    Gone: { description: 'Nothing more is wanted: the webhook is disabled.' },
    TryAgain: { description: 'It is sent again on the schedule of the webhook, or after `Retry-After`.' },
    NeverPosted: { description: 'There is no request to answer.' },
    Refused: {
      description:
        'Any other answer is final, redirects among them; so is one with the header `webhook-delivery`, `abort-message` or `disable`.',
    },
  },
};

/** One that is no webhook's: here for its payload, which live viewers get as `data`. */
const describeMetaEvent = (name: EventName) => ({
  post: {
    operationId: `on_${name}`,
    tags: ['Received'],
    summary: catalog[name].label,
    description: `${catalog[name].description} Only live viewers are told of it: it is never posted, and no webhook may subscribe to it.`,
    security: [],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: bodySchema(name), example: exampleOf(name) } },
    },
    responses: { default: { $ref: '#/components/responses/NeverPosted' } },
  },
});

const describeWebhook = (name: EventName) => ({
  post: {
    operationId: `on_${name}`,
    tags: ['Received'],
    summary: catalog[name].label,
    description: catalog[name].description,
    security: [],
    parameters,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: bodySchema(name), example: exampleOf(name) } },
    },
    responses: {
      '2XX': { $ref: '#/components/responses/Delivered' },
      '410': { $ref: '#/components/responses/Gone' },
      '429': { $ref: '#/components/responses/TryAgain' },
      '5XX': { $ref: '#/components/responses/TryAgain' },
      default: { $ref: '#/components/responses/Refused' },
    },
  },
});

const exampleOf = (name: EventName) => ({
  event_name: name,
  version: 1,
  timestamp: '2026-11-22T09:30:00.000Z',
  data: catalog[name].sample,
});

/** The `webhooks` of the document: every event of the catalog. */
export const describeWebhooks = () =>
  Object.fromEntries(
    eventNames.map((name) => [name, isMetaEvent(name) ? describeMetaEvent(name) : describeWebhook(name)]),
  );
