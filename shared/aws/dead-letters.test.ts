import { expect, test } from 'vitest';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { openDeadLetters } from './dead-letters.ts';

const url = 'https://sqs.example/000000000000/deliveries-dlq';
const arn = 'arn:aws:sqs:eu-central-1:000000000000:deliveries-dlq';
const attributes = { Attributes: { QueueArn: arn, ApproximateNumberOfMessages: '4' } };
const aQueue = { name: 'deliveries-dlq', arn, messages: 4, redrive: undefined };

test('a queue is told of by its name, with its messages and the last redrive', async () => {
  const { client, calls } = fakeClient((input) =>
    'QueueUrl' in input
      ? attributes
      : { Results: [{ Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 1, StartedTimestamp: noonMs }] },
  );
  await expect(openDeadLetters(client, [url]).list()).resolves.toEqual([
    {
      ...aQueue,
      redrive: { status: 'RUNNING', moved: 1, toMove: undefined, startedAt: noon, failure: undefined },
    },
  ]);
  expect(calls[1]).toEqual({ SourceArn: arn, MaxResults: 1 });
});

test('messages go back to where they came from', async () => {
  const { client, calls } = fakeClient(() => ({ TaskHandle: 'task' }));
  await expect(openDeadLetters(client, [url]).redrive(aQueue)).resolves.toBe(true);
  expect(calls).toEqual([{ SourceArn: arn }]);
});

/** SQS refuses to start a task, and tells how the last one is. */
const refusing = (Status: string) =>
  fakeClient((_input, call) => {
    if (call === 0) throw new Error('refused');
    return { Results: [{ Status }] };
  }).client;

test('a redrive that somebody else began meanwhile is not begun again', async () => {
  await expect(openDeadLetters(refusing('RUNNING'), [url]).redrive(aQueue)).resolves.toBe(false);
});

test('a redrive that SQS refuses for another reason fails', async () => {
  await expect(openDeadLetters(refusing('COMPLETED'), [url]).redrive(aQueue)).rejects.toThrow('refused');
});
