import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { readTaskHandle } from '../move-task-handle.ts';
import { parseInput } from '../parse-input.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({ TaskHandle: z.string() });

export const cancelMessageMoveTask =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { TaskHandle } = parseInput(inputSchema, input);
    const { moved } = queues.cancelMoveTask(readTaskHandle(TaskHandle));
    return { ApproximateNumberOfMessagesMoved: moved };
  };
