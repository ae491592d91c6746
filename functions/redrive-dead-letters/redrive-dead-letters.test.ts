import { expect, test } from 'vitest';
import { noon } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { DeadLetterState } from '../../shared/aws/dead-letters.ts';
import { createRedriveDeadLetters } from './redrive-dead-letters.ts';

const aQueue = (name: string, fields: Partial<DeadLetterState> = {}): DeadLetterState => ({
  name,
  arn: `arn:${name}`,
  messages: 2,
  redrive: undefined,
  ...fields,
});
const running = { status: 'RUNNING', moved: 1, toMove: 3, startedAt: noon, failure: undefined };

function withQueues(queues: readonly DeadLetterState[], isRefused = false) {
  const redriven: string[] = [];
  const routes = createRedriveDeadLetters({
    deadLetters: {
      list: async () => queues,
      redrive: async ({ name }) => {
        redriven.push(name);
        return !isRefused;
      },
    },
    log: collectLog(),
  });
  return { redriven, ...routes };
}

test('every queue tells its messages and its last redrive', async () => {
  const { list } = withQueues([aQueue('a-dlq', { redrive: running }), aQueue('b-dlq')]);
  await expect(list()).resolves.toEqual({
    status: 200,
    body: {
      queues: [
        {
          name: 'a-dlq',
          messages: 2,
          redrive: { state: 'running', moved: 1, to_move: 3, started_at: noon, reason: null },
        },
        { name: 'b-dlq', messages: 2, redrive: null },
      ],
    },
  });
});

test('those that hold messages are redriven, unless they are already', async () => {
  const queues = [aQueue('a-dlq'), aQueue('b-dlq', { messages: 0 }), aQueue('c-dlq', { redrive: running })];
  const { redriven, redrive } = withQueues(queues);
  const { status, body } = await redrive(anHttpRequest());
  expect(status).toBe(202);
  expect(body).toEqual({
    queues: [
      { name: 'a-dlq', messages: 2, outcome: 'started' },
      { name: 'b-dlq', messages: 0, outcome: 'empty' },
      { name: 'c-dlq', messages: 2, outcome: 'already_running' },
    ],
  });
  expect(redriven).toEqual(['a-dlq']);
});

test('one that is named is redriven alone, and one that does not exist is refused with the names', async () => {
  const { redriven, redrive } = withQueues([aQueue('a-dlq'), aQueue('b-dlq')]);
  await redrive(anHttpRequest({ body: '{"queue": "b-dlq"}' }));
  expect(redriven).toEqual(['b-dlq']);
  await expect(redrive(anHttpRequest({ body: '{"queue": "d"}' }))).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no dead-letter queue "d"; there are a-dlq, b-dlq.',
  });
});

test('a redrive that somebody else began just before is told as theirs', async () => {
  const { redrive } = withQueues([aQueue('a-dlq')], true);
  await expect(redrive(anHttpRequest())).resolves.toMatchObject({
    body: { queues: [{ outcome: 'already_running' }] },
  });
});
