import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { SQSClient } from './clients.ts';

/** The last time that a queue's messages were moved back. */
export interface Redrive {
  /** `RUNNING`, or how it ended: `COMPLETED`, `CANCELLING`, `CANCELLED`, `FAILED`. */
  readonly status: string;
  readonly moved: number;
  /** How many it is about, where SQS tells. */
  readonly toMove: number | undefined;
  /** ISO 8601. */
  readonly startedAt: string | undefined;
  readonly failure: string | undefined;
}

/** A dead-letter queue of ours as it is now. Counts are approximate. */
export interface DeadLetterState {
  readonly name: string;
  readonly arn: string;
  readonly messages: number;
  readonly redrive: Redrive | undefined;
}

/** Our dead-letter queues whose messages can go back to where they came from. */
export interface DeadLetters {
  list(): Promise<readonly DeadLetterState[]>;
  /** Moves a queue's messages back to their sources. False when they are being moved already. */
  redrive(queue: DeadLetterState): Promise<boolean>;
}

const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** Opens the queues at `urls`. */
export function openDeadLetters(sqs: SQSClient, urls: readonly string[]): DeadLetters {
  const findRedrive = async (SourceArn: string): Promise<Redrive | undefined> => {
    // SQS answers the newest first.
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }));
    const [task] = Results;
    if (task === undefined) return undefined;
    return {
      status: task.Status ?? 'unknown',
      moved: task.ApproximateNumberOfMessagesMoved ?? 0,
      toMove: task.ApproximateNumberOfMessagesToMove,
      startedAt:
        task.StartedTimestamp === undefined ? undefined : new Date(task.StartedTimestamp).toISOString(),
      failure: task.FailureReason,
    };
  };

  const describe = async (url: string): Promise<DeadLetterState> => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages'],
      }),
    );
    const arn = Attributes?.QueueArn;
    if (arn === undefined) throw new Error(`SQS did not tell the ARN of ${url}`);
    return {
      name: nameOf(url),
      arn,
      messages: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
      redrive: await findRedrive(arn),
    };
  };

  return {
    list: () => Promise.all(urls.map(describe)),

    async redrive({ arn }) {
      try {
        await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn }));
        return true;
      } catch (error) {
        // Of two requests at once one comes too late: SQS takes one task a queue, and has no error of its own for that.
        if ((await findRedrive(arn))?.status === 'RUNNING') return false;
        throw error;
      }
    },
  };
}
