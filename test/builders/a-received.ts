import type { Received } from '../../shared/runtime/queue.ts';

/** A queue message that came for the first time. */
export const aReceived = <Body>(
  body: Body,
  overrides: Partial<Omit<Received<Body>, 'body'>> = {},
): Received<Body> => ({ messageId: 'm', queueName: 'queue', receiveCount: 1, body, ...overrides });
