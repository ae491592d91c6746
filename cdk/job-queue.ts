import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { visibilityFor } from './queue-consumer.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';

/** How long run-job may work before another invocation goes on. */
export const jobTimeout = Duration.seconds(60);

/** The queue of jobs: replays of what was not delivered. */
export class JobQueue extends QueueWithDlq {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      impact:
        'run-job crashed on a job: its replay stands still, and what it has not sent yet is as it was. See its logs, mend the cause, then redrive the DLQ: the job goes on where it stood.',
      visibilityTimeout: visibilityFor(jobTimeout),
    });
  }
}
