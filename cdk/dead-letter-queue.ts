import { Duration, Stack, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

interface DeadLetterQueueProps {
  /** What users miss while a message lies here, and what to do: the text that the operator is paged with. */
  readonly impact: string;
}

/** Where our own faults end. Its alarm fires at the first message. */
export class DeadLetterQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id, {
      queueName: `${Stack.of(scope).stackName}-${id}`,
      // The longest there is: a message keeps the time at which it was first sent.
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      // SSE with SQS's own key is free; a KMS key costs per request.
      encryption: sqs.QueueEncryption.SQS_MANAGED,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a DLQ itself; those of rules and functions are not recognised as such.',
    });
    new cloudwatch.Alarm(this, 'alarm', {
      alarmDescription: props.impact,
      metric: this.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      // An idle queue reports nothing.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
