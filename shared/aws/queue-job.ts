import type { Job } from '../job.ts';
import type { SQSClient } from './clients.ts';
import { sendMessages } from './send-messages.ts';

/** Makes what queues a job for `run-job`. Throws when SQS does not take it. */
export const createQueueJob =
  (sqs: SQSClient, queueUrl: string) =>
  async (job: Job, delaySeconds: number): Promise<void> => {
    const rest = await sendMessages(sqs, queueUrl, [{ body: JSON.stringify(job), delaySeconds }]);
    if (rest.length > 0) throw new Error(`SQS did not take ${job.id}`);
  };
