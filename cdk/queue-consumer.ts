import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * How long a message stays invisible while a function works on it: six times the function's timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function visibilityFor(functionTimeout: Duration): Duration {
  return Duration.seconds(functionTimeout.toSeconds() * 6);
}

/**
 * Lets a function consume a queue, at most `concurrency` (2 to 1000) batches at a time. The limit sits on the
 * mapping: with reserved concurrency, throttled batches would use up the queue's maxReceiveCount.
 */
export function consume(
  queue: sqs.IQueue,
  fn: lambda.Function,
  concurrency: number,
  /** How long to wait for a fuller batch; not at all unless told. */
  batchingWindow?: Duration,
): void {
  fn.addEventSource(
    new SqsEventSource(queue, {
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: concurrency,
      ...(batchingWindow === undefined ? {} : { maxBatchingWindow: batchingWindow }),
    }),
  );
}
