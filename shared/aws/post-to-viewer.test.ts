import {
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { expect, test } from 'vitest';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import { createPostToViewer } from './post-to-viewer.ts';

const gone = new GoneException({ $metadata: {}, message: 'gone' });
const throttled = new LimitExceededException({ $metadata: {}, message: 'slow down' });
const tooLarge = new PayloadTooLargeException({ $metadata: {}, message: 'too large' });
const outage = new Error('socket hang up');

function aClient(answers: readonly (Error | undefined)[]) {
  return fakeClient((_, call) => {
    const answer = answers[Math.min(call, answers.length - 1)];
    if (answer !== undefined) throw answer;
    return {};
  });
}

test('the text is posted to the connection as it is', async () => {
  const { client, calls } = aClient([undefined]);
  expect(await createPostToViewer(client, noPause)('conn-1=', '{"event":"Frieren – 🎬"}')).toEqual({
    kind: 'sent',
  });
  expect(calls).toEqual([{ ConnectionId: 'conn-1=', Data: Buffer.from('{"event":"Frieren – 🎬"}') }]);
});

test.each([
  ['a connection that is gone is told so', [gone], { kind: 'gone' }, 1],
  ['a throttled post is made again', [throttled, throttled, undefined], { kind: 'sent' }, 3],
  ['a connection may go while its post is throttled', [throttled, gone], { kind: 'gone' }, 2],
  ['a post that stays throttled fails', [throttled], { kind: 'failed', error: throttled }, 4],
  ['a frame that is refused is not posted again', [tooLarge], { kind: 'failed', error: tooLarge }, 1],
  ['an outage is an answer, not a throw', [outage], { kind: 'failed', error: outage }, 1],
])('%s', async (_title, answers, outcome, posts) => {
  const { client, calls } = aClient(answers);
  expect(await createPostToViewer(client, noPause)('conn-1=', 'text')).toEqual(outcome);
  expect(calls).toHaveLength(posts);
});
