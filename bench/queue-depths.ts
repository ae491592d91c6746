import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { StackProcess } from './stack-process.ts';

/** Messages in a queue: visible, in flight and delayed together. */
export interface QueueDepth {
  readonly queue: string;
  readonly messages: number;
}

export interface QueueDepths {
  read(): Promise<readonly QueueDepth[]>;
  close(): void;
}

const variablesSchema = z.object({
  AWS_ENDPOINT_URL: z.string(),
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
});
const counted = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Asks the stack's own SQS, as an operator would, how many messages each queue holds. */
export async function openQueueDepths(stack: StackProcess): Promise<QueueDepths> {
  const variables = variablesSchema.parse(stack.awsVariables());
  const client = new SQSClient({
    endpoint: variables.AWS_ENDPOINT_URL,
    region: variables.AWS_REGION,
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID,
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY,
    },
  });
  const { QueueUrls: urls = [] } = await client.send(new ListQueuesCommand({}));
  return {
    read: () =>
      Promise.all(
        urls.map(async (url) => {
          const { Attributes = {} } = await client.send(
            new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...counted] }),
          );
          return {
            queue: url.slice(url.lastIndexOf('/') + 1),
            messages: counted.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0),
          };
        }),
      ),
    close: () => client.destroy(),
  };
}
