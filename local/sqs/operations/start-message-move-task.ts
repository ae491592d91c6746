import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { queueNameOf, writeTaskHandle } from '../move-task-handle.ts';
import { parseInput } from '../parse-input.ts';
import type { SqsContext } from '../sqs-context.ts';

const rateReason = 'You must enter a number that is between 1 and 500.';
const inputSchema = z.object({
  SourceArn: z.string(),
  DestinationArn: z.string().optional(),
  MaxNumberOfMessagesPerSecond: z.int(rateReason).min(1, rateReason).max(500, rateReason).optional(),
});

export const startMessageMoveTask =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond } = parseInput(inputSchema, input);
    const task = queues.startMoveTask({
      source: queueNameOf('SourceArn', SourceArn),
      destination: DestinationArn === undefined ? undefined : queueNameOf('DestinationArn', DestinationArn),
      messagesPerSecond: MaxNumberOfMessagesPerSecond,
    });
    return { TaskHandle: writeTaskHandle(task) };
  };
