import { DeleteConnectionCommand, GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import type { CloseConnection } from '../live-post.ts';
import type { ApiGatewayManagementApiClient } from './clients.ts';

const closeTimeoutMs = 3_000;

/** Makes a `CloseConnection` for the stage that the client's endpoint names. */
export function createCloseConnection(client: ApiGatewayManagementApiClient): CloseConnection {
  return async (connectionId) => {
    try {
      await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }), {
        abortSignal: AbortSignal.timeout(closeTimeoutMs),
      });
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
    }
  };
}
