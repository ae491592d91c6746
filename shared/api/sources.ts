import * as z from 'zod';
import { pageQuerySchema } from '../list-query.ts';
import { createSourceSchema } from '../source-fields.ts';
import { inboundPaths, sourceKinds } from '../source.ts';
import { sublarrBodySchema } from '../inbound-sublarr.ts';
import { nextCursorSchema } from './answer-fields.ts';
import type { Operation } from './operation.ts';

export const sourceAnswerSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(sourceKinds),
  /** To paste into the sender. */
  url: z.string(),
  username: z.string().nullable(),
  secret: z.string().nullable(),
  created_at: z.string(),
});

/** The answer to the test that the settings of a sender make. */
export const testReceivedSchema = z.object({ status: z.literal('ok'), message: z.string() });
/** What the event is without: of another type than promised, or too large. */
const leftOutSchema = z.array(z.object({ field: z.string(), message: z.string() }));
const acceptedSchema = z.object({ status: z.literal('accepted'), id: z.string(), left_out: leftOutSchema });

/** What is read of them beside it may be of any shape, or missing. */
const arrBodySchema = z.looseObject({ eventType: z.string().min(1) });

const tag = 'Inbound';
const path = '/api/v1/sources';

export const sourceOperations: readonly Operation[] = [
  {
    id: 'listSources',
    tag,
    summary: 'Lists sources',
    method: 'GET',
    path,
    scope: 'manage',
    query: pageQuerySchema,
    answers: { 200: z.object({ sources: z.array(sourceAnswerSchema), next_cursor: nextCursorSchema }) },
  },
  {
    id: 'createSource',
    tag,
    summary: 'Creates a source: a Sonarr, Radarr or Sublarr that may send',
    description: 'The answer shows the secret, this once.',
    method: 'POST',
    path,
    scope: 'manage',
    body: { json: createSourceSchema },
    answers: { 201: sourceAnswerSchema },
  },
  {
    id: 'getSource',
    tag,
    summary: 'Shows a source',
    method: 'GET',
    path: `${path}/{id}`,
    scope: 'manage',
    answers: { 200: sourceAnswerSchema },
  },
  {
    id: 'deleteSource',
    tag,
    summary: 'Deletes a source',
    method: 'DELETE',
    path: `${path}/{id}`,
    scope: 'manage',
    answers: { 204: 'none' },
  },
  ...(['sonarr', 'radarr'] as const).flatMap((kind) => {
    const sender = kind === 'sonarr' ? 'Sonarr' : 'Radarr';
    return (['POST', 'PUT'] as const).map((method): Operation => ({
      id: `receive${sender}${method === 'PUT' ? 'ByPut' : ''}`,
      tag,
      summary: `Takes a webhook of ${sender} as \`webhook_received\``,
      description: `Its test is answered 200 and makes no event. ${sender} sends by POST or PUT, as its settings say.`,
      method,
      path: inboundPaths[kind],
      scope: 'open',
      proofs: [['source'], ['source', 'basic']],
      body: { json: arrBodySchema },
      answers: { 200: testReceivedSchema, 202: acceptedSchema },
    }));
  }),
  {
    id: 'receiveSublarr',
    tag,
    summary: 'Takes a webhook of a Sublarr as the event that it tells of, once however often it comes',
    description: 'A test, a repetition and an event that the catalog does not know are answered 200.',
    method: 'POST',
    path: inboundPaths.sublarr,
    scope: 'open',
    proofs: [['source', 'signature']],
    body: { json: sublarrBodySchema },
    answers: {
      200: z.discriminatedUnion('status', [
        testReceivedSchema,
        z.object({ status: z.literal('ignored'), event_name: z.string(), message: z.string() }),
        z.object({ status: z.literal('repeated'), id: z.string(), left_out: leftOutSchema }),
      ]),
      202: acceptedSchema,
    },
  },
];
