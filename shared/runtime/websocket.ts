import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { ApiError, renderError } from '../api-error.ts';
import type { Log } from './log.ts';

/** API Gateway leaves out, or sends as null, what a client did not send. */
const textsSchema = z
  .record(z.string(), z.string())
  .nullish()
  .transform((texts) => texts ?? {});

/** The event of a WebSocket route; headers and query come with `$connect` alone, a body with messages alone. */
const eventSchema = z.object({
  requestContext: z.object({ connectionId: z.string().min(1), connectedAt: z.int() }),
  // Names come in the case in which the client wrote them.
  headers: textsSchema.transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  ),
  queryStringParameters: textsSchema,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** What a client asks of a WebSocket route. */
export interface SocketRequest {
  readonly connectionId: string;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The message; undefined when the route is not one of messages. */
  readonly body: string | undefined;
}

/** What a route answers; only that of `$connect` reaches the client, with its headers. */
export interface SocketAnswer {
  readonly headers?: Readonly<Record<string, string>>;
}

type SocketResult = APIGatewayProxyStructuredResultV2;

/**
 * The Lambda handler of a WebSocket route. A refusal is answered with its status, which refuses the connection when
 * it answers `$connect`; a bug or an outage is logged whole and answered as a 500 that tells nothing of it.
 */
export function createSocketHandler(
  handle: (request: SocketRequest) => Promise<SocketAnswer>,
  log: Log,
): (event: unknown) => Promise<SocketResult> {
  const refuse = (error: ApiError): SocketResult => ({
    statusCode: error.status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(renderError(error)),
  });
  return async (event) => {
    const { requestContext, headers, queryStringParameters, ...message } = eventSchema.parse(event);
    const { connectionId, connectedAt } = requestContext;
    const body =
      message.isBase64Encoded === true
        ? Buffer.from(message.body ?? '', 'base64').toString('utf8')
        : (message.body ?? undefined);
    try {
      const answer = await handle({
        connectionId,
        connectedAt,
        headers,
        query: queryStringParameters,
        body,
      });
      return { statusCode: 200, ...(answer.headers === undefined ? {} : { headers: { ...answer.headers } }) };
    } catch (error) {
      if (error instanceof ApiError) {
        log.info('connection refused', {
          connection_id: connectionId,
          status: error.status,
          reason: error.code,
        });
        return refuse(error);
      }
      log.error('connection failed', { connection_id: connectionId, error });
      return refuse(new ApiError('internal', 'Something went wrong here; the log tells what.'));
    }
  };
}
