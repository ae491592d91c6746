import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { queueNameOf, writeTaskHandle } from '../move-task-handle.ts';
import { parseInput } from '../parse-input.ts';
import { queueArn } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({
  SourceArn: z.string(),
  MaxResults: z.int().min(1, 'Must be between 1 and 10.').max(10, 'Must be between 1 and 10.').default(1),
});

export const listMessageMoveTasks =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { SourceArn, MaxResults } = parseInput(inputSchema, input);
    return {
      Results: queues.listMoveTasks(queueNameOf('SourceArn', SourceArn), MaxResults).map((task) => ({
        // As in SQS only a running task has a handle: nothing else can be cancelled.
        TaskHandle: task.status === 'RUNNING' ? writeTaskHandle(task) : undefined,
        Status: task.status,
        SourceArn,
        DestinationArn: task.destination === undefined ? undefined : queueArn(task.destination),
        MaxNumberOfMessagesPerSecond: task.messagesPerSecond,
        ApproximateNumberOfMessagesMoved: task.moved,
        ApproximateNumberOfMessagesToMove: task.toMove,
        FailureReason: task.failure,
        StartedTimestamp: task.startedAt,
      })),
    };
  };
