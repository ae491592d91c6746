import { Duration, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';

interface QueueWithDlqProps {
  /** What users miss while a message lies in the DLQ, and what to do: the text of the alarm. */
  readonly impact: string;
  readonly visibilityTimeout: Duration;
}

/** A queue whose messages go to a DLQ with an alarm after five receives. */
export class QueueWithDlq extends sqs.Queue {
  constructor(scope: Construct, id: string, props: QueueWithDlqProps) {
    super(scope, id, {
      queueName: `${Stack.of(scope).stackName}-${id}`,
      visibilityTimeout: props.visibilityTimeout,
      retentionPeriod: Duration.days(4),
      enforceSSL: true,
      // SSE with SQS's own key is free; a KMS key costs per request.
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      deadLetterQueue: {
        queue: new DeadLetterQueue(scope, `${id}-dlq`, { impact: props.impact }),
        maxReceiveCount: 5,
      },
    });
  }
}
