import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { expect, test } from 'vitest';
import { aContext } from '../../test/builders/an-http-request.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { createQueueHandler } from './queue.ts';
import type { ProcessBatch, Received } from './queue.ts';

const record = (messageId: string, body: string): SQSRecord => ({
  messageId,
  body,
  receiptHandle: 'r',
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 's',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:deliveries',
  awsRegion: 'us-east-1',
});
const batch = (bodies: Readonly<Record<string, string>>): SQSEvent => ({
  Records: Object.entries(bodies).map(([id, body]) => record(id, body)),
});

const schema = z.object({ n: z.number() });
function handling(process: ProcessBatch<z.output<typeof schema>> = async () => []) {
  const log = collectLog();
  const batches: Received<{ n: number }>[][] = [];
  const handler = createQueueHandler(
    schema,
    async (messages, context) => {
      batches.push([...messages]);
      return process(messages, context);
    },
    log,
  );
  return { handle: (event: SQSEvent) => handler(event, aContext()), batches, log };
}

test('a batch that went well fails nothing', async () => {
  const { handle, batches } = handling();
  await expect(handle(batch({ a: '{"n":1}', b: '{"n":2}' }))).resolves.toEqual({ batchItemFailures: [] });
  expect(batches).toEqual([
    [
      { messageId: 'a', body: { n: 1 }, queueName: 'deliveries', receiveCount: 1 },
      { messageId: 'b', body: { n: 2 }, queueName: 'deliveries', receiveCount: 1 },
    ],
  ]);
});

test.each(['', 'no json', '{}', '{"n":"1"}', 'null'])(
  'the poison message %j is reported by its id and logged; the others are worked on',
  async (poison) => {
    const { handle, batches, log } = handling();
    await expect(handle(batch({ a: '{"n":1}', bad: poison, c: '{"n":3}' }))).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: 'bad' }],
    });
    expect(batches[0]?.map(({ messageId }) => messageId)).toEqual(['a', 'c']);
    expect(log.lines).toMatchObject([{ level: 'error', message_id: 'bad' }]);
  },
);

test('a batch of poison alone reaches nobody', async () => {
  const { handle, batches } = handling();
  await expect(handle(batch({ a: '', b: '' }))).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }],
  });
  expect(batches).toEqual([]);
});

test('what was not done is reported beside the poison', async () => {
  const { handle } = handling(async () => ['b']);
  await expect(handle(batch({ a: '{"n":1}', b: '{"n":2}', bad: '' }))).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'bad' }, { itemIdentifier: 'b' }],
  });
});

test('a fault of the whole batch is thrown, so that all of it comes back', async () => {
  const { handle } = handling(async () => Promise.reject(new Error('table down')));
  await expect(handle(batch({ a: '{"n":1}' }))).rejects.toThrow('table down');
});
