import {
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { PostOutcome, PostToViewer } from '../live-post.ts';
import type { ApiGatewayManagementApiClient } from './clients.ts';
import { retryRest } from './retry-rest.ts';
import type { Pause } from './retry-rest.ts';

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
