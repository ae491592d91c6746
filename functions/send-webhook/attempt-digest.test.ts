import { expect, test } from 'vitest';
import { aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aSigning } from '../../test/builders/a-signing.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import { renderBody } from '../../shared/event.ts';
import { attemptDelivery } from './attempt-delivery.ts';

const digest = { id: 'd1', part: 0, count: 3 };
const sent = anEvent({ id: 'evt_03', event_name: 'config_updated', data: { coalesced: { count: 3 } } });
const message = aWebhookMessage({ digest, sent });

async function attempt(status: number) {
  const posts: SignedPost[] = [];
  const made = await attemptDelivery(message, aWebhook(), {
    openSigning: async () => aSigning('secret'),
    post: async (post) => {
      posts.push(post);
      return { kind: 'answered', status, retryAfter: undefined, body: '', durationMs: 5 };
    },
    now: () => noonMs,
    random: () => 0,
  });
  return { ...made, posts };
}

test('a digest is posted under the id of its first event, with the name and body of its latest', async () => {
  const { posts, delivery } = await attempt(200);
  expect(posts).toMatchObject([{ id: 'evt_01', eventName: 'config_updated', body: renderBody(sent) }]);
  expect(delivery).toMatchObject({
    event_id: 'evt_01',
    event_name: 'subtitle_downloaded',
    state: 'delivered',
    digest,
  });
});

test('a digest that failed is tried again as it was', async () => {
  const { delivery, next } = await attempt(500);
  expect(delivery).toMatchObject({ state: 'retrying', digest });
  expect(next?.message).toMatchObject({ event: message.event, digest, sent });
});
