import {
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { ApiGatewayManagementApiClient } from './clients.ts';
import { retryRest } from './retry-rest.ts';
import type { Pause } from './retry-rest.ts';

/** What became of a frame. `gone`: the connection is closed, or not open yet. */
export type PostOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Posts text to a connection. Never throws: a viewer who cannot be reached is nobody else's concern. */
export type PostToViewer = (connectionId: string, text: string) => Promise<PostOutcome>;

// With all its retries: a post that hangs would hold up the viewers behind it.
const postTimeoutMs = 5_000;

/** Makes a `PostToViewer` for the stage that the client's endpoint names; what is throttled is posted again. */
export function createPostToViewer(client: ApiGatewayManagementApiClient, pause?: Pause): PostToViewer {
  const postOnce = async (
    connectionId: string,
    text: string,
    abortSignal: AbortSignal,
  ): Promise<PostOutcome> => {
    try {
      await client.send(
        new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(text) }),
        { abortSignal },
      );
      return { kind: 'sent' };
    } catch (error) {
      return error instanceof GoneException ? { kind: 'gone' } : { kind: 'failed', error };
    }
  };
  return async (connectionId, text) => {
    const abortSignal = AbortSignal.timeout(postTimeoutMs);
    let outcome: PostOutcome = { kind: 'sent' };
    await retryRest(
      [text],
      async (rest) => {
        outcome = await postOnce(connectionId, text, abortSignal);
        const isThrottled = outcome.kind === 'failed' && outcome.error instanceof LimitExceededException;
        return isThrottled ? rest : [];
      },
      pause,
    );
    return outcome;
  };
}
