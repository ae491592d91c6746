import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { formatRequestTime } from '../http/build-event.ts';

/** What every event of one connection tells of it. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly domainName: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
}

/** What happened on a connection, in the words of API Gateway. */
export type SocketHappening =
  | { readonly eventType: 'CONNECT'; readonly request: IncomingMessage }
  | { readonly eventType: 'MESSAGE'; readonly body: string; readonly isBase64Encoded: boolean }
  | { readonly eventType: 'DISCONNECT'; readonly code: number; readonly reason: string };

type Lists = Readonly<Record<string, readonly string[]>>;

/** Names in the case in which the client wrote them, unlike `IncomingMessage.headers`. */
function readHeaders(request: IncomingMessage): Lists {
  const lists: Record<string, string[]> = {};
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    (lists[name] ??= []).push(request.rawHeaders[at + 1] ?? '');
  }
  return lists;
}

function readQuery(request: IncomingMessage): Lists {
  const lists: Record<string, string[]> = {};
  const query = (request.url ?? '').split('?').slice(1).join('?');
  for (const [name, value] of new URLSearchParams(query)) (lists[name] ??= []).push(value);
  return lists;
}

/** The last of each, as payload format 1.0 has it. */
const lastOf = (lists: Lists): Record<string, string> =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));

function describe(happening: SocketHappening): Record<string, unknown> {
  switch (happening.eventType) {
    case 'CONNECT': {
      const headers = readHeaders(happening.request);
      const query = readQuery(happening.request);
      return {
        headers: lastOf(headers),
        multiValueHeaders: headers,
        ...(Object.keys(query).length === 0
          ? {}
          : { queryStringParameters: lastOf(query), multiValueQueryStringParameters: query }),
        isBase64Encoded: false,
      };
    }
    case 'MESSAGE':
      return { body: happening.body, isBase64Encoded: happening.isBase64Encoded };
    case 'DISCONNECT':
      return { headers: {}, multiValueHeaders: {}, isBase64Encoded: false };
    default:
      return happening satisfies never;
  }
}

function describeContext(happening: SocketHappening): Record<string, unknown> {
  switch (happening.eventType) {
    case 'CONNECT':
      return {};
    case 'MESSAGE':
      return { messageId: randomUUID() };
    case 'DISCONNECT':
      return { disconnectStatusCode: happening.code, disconnectReason: happening.reason };
    default:
      return happening satisfies never;
  }
}

/**
 * The event of a Lambda proxy integration of a WebSocket route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
export function buildSocketEvent(
  facts: ConnectionFacts,
  routeKey: string,
  happening: SocketHappening,
  now: Date,
): Record<string, unknown> {
  const requestId = randomUUID();
  const { sourceIp, userAgent, ...connection } = facts;
  return {
    ...describe(happening),
    requestContext: {
      routeKey,
      eventType: happening.eventType,
      extendedRequestId: requestId,
      requestTime: formatRequestTime(now),
      messageDirection: 'IN',
      requestTimeEpoch: now.getTime(),
      requestId,
      identity: { sourceIp, ...(userAgent === undefined ? {} : { userAgent }) },
      ...connection,
      ...describeContext(happening),
    },
  };
}
