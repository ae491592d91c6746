import * as z from 'zod';
import type { AwsRequest, AwsRequestHandler, AwsResponse } from '../../local/aws/handle-aws-request.ts';
import type { Faults } from '../../local/faults.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Faults by the rule of chance, and what came of it. */
export interface InjectedFaults extends Faults {
  /** How often each fault was laid on each operation, such as `PutEvents partly`. */
  readonly counts: () => Readonly<Record<string, number>>;
  /** Grows with everything that the functions change, and with every message that they are given or done with. */
  readonly activity: () => number;
  /** From now on everything is well. */
  readonly stop: () => void;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
}

/** What each service says when it is asked too much, and when it is itself at fault. */
const refusals: Readonly<Record<string, readonly [Refusal, ...Refusal[]]>> = {
  DynamoDB_20120810: [
    { status: 400, code: 'ProvisionedThroughputExceededException' },
    { status: 400, code: 'ThrottlingException' },
    { status: 500, code: 'InternalServerError' },
  ],
  AmazonSQS: [
    { status: 400, code: 'RequestThrottled' },
    { status: 500, code: 'InternalFailure' },
    { status: 503, code: 'ServiceUnavailable' },
  ],
  AWSEvents: [
    { status: 400, code: 'ThrottlingException' },
    { status: 500, code: 'InternalException' },
  ],
  TrentService: [
    { status: 400, code: 'ThrottlingException' },
    { status: 500, code: 'KMSInternalException' },
  ],
};
/** What changes nothing, as the questions of a test. */
const isRead = (operation: string): boolean =>
  /^(?:Get|Query|Scan|BatchGet|Receive|List|Describe)/.test(operation);
/** What consumers do by event sources and not as clients, and what tests ask themselves. */
const leftAlone = new Set(['ReceiveMessage', 'DeleteMessage', 'DeleteMessageBatch', 'GetQueueAttributes']);

const refuse = ({ status, code }: Refusal): AwsResponse => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: code, message: `${code}, laid on by a test` }),
});

const readJson = (body: string | Buffer): unknown => JSON.parse(body.toString());
const withBody = <Message extends { body: string | Buffer }>(message: Message, body: unknown) => ({
  ...message,
  body: Buffer.from(JSON.stringify(body)),
});

/** Does a part of what a batch call asks, and answers for the rest as the service does. */
type Partly = (request: AwsRequest, handle: AwsRequestHandler, random: SeededRandom) => Promise<AwsResponse>;

const emptyAnswer: AwsResponse = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: '{}',
};

const sendInput = z.looseObject({ Entries: z.array(z.looseObject({ Id: z.string() })) });
const sendOutput = z.looseObject({ Failed: z.array(z.unknown()).default([]) });

const sendPartly: Partly = async (request, handle, random) => {
  const input = sendInput.parse(readJson(request.body));
  const failed = new Set(input.Entries.filter(() => random.happens(0.5)).map(({ Id }) => Id));
  // Some that are said to have failed were taken all the same.
  const asked = input.Entries.filter(({ Id }) => !failed.has(Id) || random.happens(0.3));
  const answer =
    asked.length === 0 ? emptyAnswer : await handle(withBody(request, { ...input, Entries: asked }));
  if (answer.status !== 200) return answer;
  const output = sendOutput.parse(readJson(answer.body));
  const entries = Array.from(failed, (Id) => ({
    Id,
    Code: random.oneOf(['InternalError', 'ThrottlingException']),
    SenderFault: false,
  }));
  const sent = z
    .array(z.looseObject({ Id: z.string() }))
    .default([])
    .parse(output['Successful']);
  return withBody(answer, {
    ...output,
    Successful: sent.filter(({ Id }) => !failed.has(Id)),
    Failed: [...output.Failed, ...entries],
  });
};

const putEventsInput = z.looseObject({ Entries: z.array(z.unknown()) });
const putEventsOutput = z.looseObject({ Entries: z.array(z.looseObject({})) });

const putEventsPartly: Partly = async (request, handle, random) => {
  const input = putEventsInput.parse(readJson(request.body));
  const fates = input.Entries.map(() =>
    random.happens(0.5) ? ('taken' as const) : random.oneOf(['failed', 'failed', 'taken unseen']),
  );
  const asked = input.Entries.filter((_, index) => fates[index] !== 'failed');
  const answer =
    asked.length === 0 ? emptyAnswer : await handle(withBody(request, { ...input, Entries: asked }));
  if (answer.status !== 200) return answer;
  const taken = asked.length === 0 ? [] : putEventsOutput.parse(readJson(answer.body)).Entries;
  let place = 0;
  const Entries = fates.map((fate) => {
    const entry = fate === 'failed' ? undefined : taken[place++];
    if (fate === 'taken' && entry !== undefined) return entry;
    return {
      ErrorCode: random.oneOf(['InternalFailure', 'ThrottlingException']),
      ErrorMessage: 'laid on by a test',
    };
  });
  const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
  return withBody(answer, { FailedEntryCount, Entries });
};

const writeInput = z.looseObject({ RequestItems: z.record(z.string(), z.array(z.unknown())) });
const writeOutput = z.looseObject({
  UnprocessedItems: z.record(z.string(), z.array(z.unknown())).default({}),
});

const writePartly: Partly = async (request, handle, random) => {
  const input = writeInput.parse(readJson(request.body));
  const asked: Record<string, unknown[]> = {};
  const left: Record<string, unknown[]> = {};
  for (const [table, items] of Object.entries(input.RequestItems)) {
    for (const item of items) ((random.happens(0.5) ? asked : left)[table] ??= []).push(item);
  }
  const answer =
    Object.keys(asked).length === 0
      ? emptyAnswer
      : await handle(withBody(request, { ...input, RequestItems: asked }));
  if (answer.status !== 200) return answer;
  const output = writeOutput.parse(readJson(answer.body));
  for (const [table, items] of Object.entries(output.UnprocessedItems)) (left[table] ??= []).push(...items);
  return withBody(answer, { ...output, UnprocessedItems: left });
};

const keysSchema = z.looseObject({ Keys: z.array(z.unknown()) });
const readInput = z.looseObject({ RequestItems: z.record(z.string(), keysSchema) });
const readOutput = z.looseObject({
  Responses: z.record(z.string(), z.array(z.unknown())).default({}),
  UnprocessedKeys: z.record(z.string(), keysSchema).default({}),
});

const readPartly: Partly = async (request, handle, random) => {
  const input = readInput.parse(readJson(request.body));
  const asked: Record<string, z.output<typeof keysSchema>> = {};
  const left: Record<string, z.output<typeof keysSchema>> = {};
  for (const [table, wish] of Object.entries(input.RequestItems)) {
    const isAsked = wish.Keys.map(() => random.happens(0.5));
    const [now, later] = [true, false].map((which) =>
      wish.Keys.filter((_, index) => isAsked[index] === which),
    );
    if (now !== undefined && now.length > 0) asked[table] = { ...wish, Keys: now };
    if (later !== undefined && later.length > 0) left[table] = { ...wish, Keys: later };
  }
  const answer =
    Object.keys(asked).length === 0
      ? emptyAnswer
      : await handle(withBody(request, { ...input, RequestItems: asked }));
  if (answer.status !== 200) return answer;
  const output = readOutput.parse(readJson(answer.body));
  for (const [table, { Keys }] of Object.entries(output.UnprocessedKeys)) {
    left[table] = { ...left[table], Keys: [...(left[table]?.Keys ?? []), ...Keys] };
  }
  return withBody(answer, { ...output, UnprocessedKeys: left });
};

const batchOperations: Readonly<Record<string, Partly>> = {
  SendMessageBatch: sendPartly,
  PutEvents: putEventsPartly,
  BatchWriteItem: writePartly,
  BatchGetItem: readPartly,
};

/**
 * Makes SQS, DynamoDB, EventBridge and KMS answer as they do on bad days: throttles and internal errors, batches that
 * are done in part, and, worst, calls that take effect and whose answer is lost. Some messages that were worked
 * through are not deleted and come again.
 * @param share of all calls that meet a fault
 */
export function injectFaults(random: SeededRandom, share: number): InjectedFaults {
  const counts = new Map<string, number>();
  let isOn = true;
  let activity = 0;
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };

  const meetFault = async (
    request: AwsRequest,
    handle: AwsRequestHandler,
    known: readonly [Refusal, ...Refusal[]],
    operation: string,
  ): Promise<AwsResponse> => {
    const partly = batchOperations[operation];
    const fate = random.oneOf(
      partly === undefined ? ['refused', 'refused', 'lost'] : ['refused', 'partly', 'partly', 'lost'],
    );
    count(`${operation} ${fate}`);
    if (fate === 'refused' || (fate === 'partly' && partly === undefined)) return refuse(random.oneOf(known));
    if (fate === 'partly' && partly !== undefined) return partly(request, handle, random);
    await handle(request);
    if (random.happens(0.5)) throw Object.assign(new Error('laid on by a test'), { code: 'ECONNRESET' });
    return refuse({ status: 500, code: known.at(-1)?.code ?? 'InternalFailure' });
  };

  return {
    counts: () => Object.fromEntries(counts),
    activity: () => activity,
    stop: () => {
      isOn = false;
    },
    awsCalls: (handle) => async (request) => {
      const [service = '', operation = ''] = (request.headers['x-amz-target'] ?? '').split('.');
      const known = refusals[service];
      if (!isRead(operation)) activity += 1;
      if (!isOn || known === undefined || leftAlone.has(operation) || !random.happens(share)) {
        return handle(request);
      }
      return meetFault(request, handle, known, operation);
    },
    polled: (queues) => ({
      receive: async (queueName, wish) => {
        const messages = await queues.receive(queueName, wish);
        activity += messages.length;
        return messages;
      },
      deleteBatch: (queueName, handles) => {
        activity += 1;
        if (!isOn) return queues.deleteBatch(queueName, handles);
        const kept = handles.filter(() => !random.happens(share / 4));
        if (kept.length < handles.length) count('not deleted');
        return kept.length === 0 ? [] : queues.deleteBatch(queueName, kept);
      },
    }),
  };
}
