import { z } from 'zod';
import { type ReadResource, resolveProperties } from './read-resource.ts';

export interface EventSourceModel {
  readonly logicalId: string;
  readonly queueArn: string;
  /** Name or ARN. */
  readonly functionName: string;
  readonly batchSize: number;
  readonly concurrencyMax: number;
  /** How long to gather a fuller batch after the first message, in seconds. */
  readonly batchingWindowSeconds: number;
  readonly reportsBatchItemFailures: boolean;
}

// Lambda's own ceiling where no MaximumConcurrency is set:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const concurrencyDefault = 1000;

const properties = z.strictObject({
  EventSourceArn: z
    .string()
    .includes(':sqs:', { error: 'only SQS event sources are emulated by the local stack' }),
  FunctionName: z.string(),
  BatchSize: z.number().int().min(1).max(10).default(10),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.number().int().min(2).max(1000) }).optional(),
  MaximumBatchingWindowInSeconds: z.number().int().min(0).max(300).default(0),
  Enabled: z.literal(true).optional(),
  MetricsConfig: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export const readEventSource: ReadResource<EventSourceModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  return {
    logicalId,
    queueArn: given.EventSourceArn,
    functionName: given.FunctionName,
    batchSize: given.BatchSize,
    concurrencyMax: given.ScalingConfig?.MaximumConcurrency ?? concurrencyDefault,
    batchingWindowSeconds: given.MaximumBatchingWindowInSeconds,
    reportsBatchItemFailures: given.FunctionResponseTypes.includes('ReportBatchItemFailures'),
  };
};
