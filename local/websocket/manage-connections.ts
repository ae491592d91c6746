import type { AwsRequest, AwsResponse } from '../aws/handle-aws-request.ts';
import { notEmulated } from '../aws/handle-aws-request.ts';
import { AwsError } from '../aws/service.ts';
import type { Connection, OpenConnections } from './connection.ts';

const connectionPath = /\/@connections\/([^/?]+)$/;
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const messageBytesMax = 128 * 1024;

const headers = { 'content-type': 'application/json' };

function gone(): AwsError {
  return new AwsError('GoneException', 'The connection is closed', { status: 410 });
}

function postTo(connection: Connection, body: Buffer): AwsResponse {
  if (body.length > messageBytesMax) {
    throw new AwsError(
      'PayloadTooLargeException',
      `The message has ${body.length} bytes; at most ${messageBytesMax} are taken`,
      { status: 413 },
    );
  }
  const outcome = connection.post(body.toString('utf8'));
  switch (outcome) {
    case 'gone':
      throw gone();
    case 'congested':
      throw new AwsError('LimitExceededException', 'The client reads too slowly', { status: 429 });
    case 'sent':
      return { status: 200, headers, body: '' };
    default:
      return outcome satisfies never;
  }
}

function describe(connection: Connection): AwsResponse {
  const { connectedAt, sourceIp, userAgent } = connection.facts;
  const body = JSON.stringify({
    connectedAt: new Date(connectedAt).toISOString(),
    identity: { sourceIp, userAgent: userAgent ?? '' },
    lastActiveAt: new Date(connection.lastActiveAt()).toISOString(),
  });
  return { status: 200, headers, body };
}

function answer(method: string, connection: Connection, body: Buffer): AwsResponse {
  switch (method) {
    case 'POST':
      return postTo(connection, body);
    case 'GET':
      return describe(connection);
    case 'DELETE':
      connection.close(1000, 'Closed by the server');
      return { status: 204, headers: {}, body: '' };
    default:
      throw notEmulated(`API Gateway ${method} /@connections`);
  }
}

/**
 * API Gateway's management API, `POST|GET|DELETE …/@connections/{id}`; undefined when the path is another's.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function createManageConnections(
  connections: OpenConnections,
): (request: AwsRequest) => Promise<AwsResponse> | undefined {
  return ({ method, path, body }) => {
    const id = connectionPath.exec(path.split('?')[0] ?? '')?.[1];
    if (id === undefined) return undefined;
    const connection = connections.get(decodeURIComponent(id));
    return Promise.resolve().then(() => {
      if (connection === undefined) throw gone();
      return answer(method, connection, body);
    });
  };
}
