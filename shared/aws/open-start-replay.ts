import { createStartReplay } from '../start-replay.ts';
import type { StartReplay } from '../start-replay.ts';
import type { Job } from '../job.ts';
import type { DynamoDBDocumentClient, SQSClient } from './clients.ts';
import { openJobs } from './job-table.ts';
import { createQueueJob } from './queue-job.ts';

interface Sources {
  readonly dynamo: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly env: { readonly LEDGER_TABLE: string; readonly JOB_QUEUE_URL: string };
  /** Told of a job that runs although its row could not be written yet. */
  readonly onUnwritten: (job: Job, error: unknown) => void;
  readonly now: () => number;
}

/** A `StartReplay` whose jobs run-job works on. */
export const openStartReplay = ({ dynamo, sqs, env, onUnwritten, now }: Sources): StartReplay =>
  createStartReplay({
    queueJob: createQueueJob(sqs, env.JOB_QUEUE_URL),
    addJob: openJobs(dynamo, env.LEDGER_TABLE, now).add,
    onUnwritten,
    now,
  });
