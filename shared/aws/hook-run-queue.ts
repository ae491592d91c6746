import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import { groupInFlight } from '../group-in-flight.ts';
import { queueBatchEntriesMax } from '../limits.ts';
import type { SQSClient } from './clients.ts';

/** A message in the worker's hands. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receives: number;
}

/** About how many messages there are. */
export interface QueueCount {
  /** To be received. */
  readonly waiting: number;
  /** Those, and those that are delayed or in somebody's hands. */
  readonly left: number;
}

/** The queue of hook runs, as the worker that drains it sees it. */
export interface RunQueue {
  /** Waits up to `waitSeconds` (at most 20) for up to `count` (at most 10) messages. */
  receive(count: number, waitSeconds: number, signal?: AbortSignal): Promise<readonly ReceivedMessage[]>;
  /** Keeps messages out of other hands; answers the handles that are no longer ours. */
  hold(receiptHandles: readonly string[]): Promise<readonly string[]>;
  /** Hands a message back, to be received again after `delaySeconds`. False when it was no longer ours. */
  release(receiptHandle: string, delaySeconds?: number): Promise<boolean>;
  /** False when the message was no longer ours. What many ask for at about the same time goes in one call. */
  remove(receiptHandle: string): Promise<boolean>;
  count(): Promise<QueueCount>;
}

/**
 * How long a received message stays hidden until the first `hold`. Short, so that what a dying worker received and
 * never began is soon seen again by the next one.
 */
const receiveHoldSeconds = 45;
/** How long a held message stays hidden: three renewals of a lease and more. */
const holdSeconds = 90;

/**
 * What SQS says of a message that is visible again, in other hands, or gone. An expired handle is an
 * InvalidParameterValue to ChangeMessageVisibility; the other parameters are constants here.
 */
const goneCodes: ReadonlySet<string> = new Set([
  'ReceiptHandleIsInvalid',
  'MessageNotInflight',
  'AWS.SimpleQueueService.MessageNotInflight',
  'InvalidParameterValue',
  'InvalidParameterValueException',
]);

const isNoLongerOurs = (error: unknown): boolean =>
  error instanceof SQSServiceException && goneCodes.has(error.name);

async function unlessGone(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (isNoLongerOurs(error)) return false;
    throw error;
  }
}

function splitIntoBatches(handles: readonly string[]): (readonly string[])[] {
  const batches: (readonly string[])[] = [];
  for (let start = 0; start < handles.length; start += queueBatchEntriesMax) {
    batches.push(handles.slice(start, start + queueBatchEntriesMax));
  }
  return batches;
}

/** What became of one message of a batch that was to be removed. */
type Removal = 'removed' | 'gone' | { readonly fault: string };

export function openRunQueue(sqs: SQSClient, queueUrl: string): RunQueue {
  const removeBatch = async (handles: readonly string[]): Promise<readonly Removal[]> => {
    const answer = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    const failed = new Map((answer.Failed ?? []).map((failure) => [failure.Id, failure]));
    return handles.map((_, index) => {
      const failure = failed.get(String(index));
      if (failure === undefined) return 'removed';
      const code = failure.Code ?? 'no code';
      return goneCodes.has(code) ? 'gone' : { fault: code };
    });
  };
  const removeMany = groupInFlight<string, Removal>(async (handles) =>
    (await Promise.all(splitIntoBatches(handles).map(removeBatch))).flat(),
  );
  const holdBatch = async (handles: readonly string[]): Promise<readonly string[]> => {
    const answer = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queueUrl,
        Entries: handles.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: holdSeconds,
        })),
      }),
    );
    const failed = answer.Failed ?? [];
    const faults = failed.filter(({ SenderFault }) => SenderFault !== true);
    if (faults.length > 0) {
      throw new Error(`SQS could not hold ${faults.length} messages: ${faults[0]?.Code ?? 'no code'}`);
    }
    return failed.flatMap(({ Id }) => handles[Number(Id)] ?? []);
  };

  return {
    async receive(count, waitSeconds, signal) {
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: Math.min(count, queueBatchEntriesMax),
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: receiveHoldSeconds,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      return (answer.Messages ?? []).map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
        messageId: MessageId ?? '',
        receiptHandle: ReceiptHandle ?? '',
        body: Body ?? '',
        receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
      }));
    },

    async hold(handles) {
      return (await Promise.all(splitIntoBatches(handles).map(holdBatch))).flat();
    },

    release: (receiptHandle, delaySeconds = 0) =>
      unlessGone(() =>
        sqs.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrl,
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: delaySeconds,
          }),
        ),
      ),

    async remove(receiptHandle) {
      const removal = await removeMany(receiptHandle);
      if (typeof removal === 'object') throw new Error(`SQS could not delete a message: ${removal.fault}`);
      return removal === 'removed';
    },

    async count() {
      const others = ['ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', ...others],
        }),
      );
      const waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
      return {
        waiting,
        left: others.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), waiting),
      };
    },
  };
}
