import { z } from 'zod';
import { nameResource } from './name-resource.ts';
import { type ReadResource, resolveProperties } from './read-resource.ts';

export interface QueueModel {
  readonly logicalId: string;
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  /** As CreateQueue takes them. */
  readonly attributes: Readonly<Record<string, string>>;
}

const whole = z.coerce.number().int().nonnegative();

const properties = z.strictObject({
  QueueName: z.string().optional(),
  DelaySeconds: whole.optional(),
  MaximumMessageSize: whole.optional(),
  MessageRetentionPeriod: whole.optional(),
  ReceiveMessageWaitTimeSeconds: whole.optional(),
  VisibilityTimeout: whole.optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: whole }).optional(),
  // No local meaning: the data folder is the owner's own.
  RedriveAllowPolicy: z.unknown().optional(),
  SqsManagedSseEnabled: z.unknown().optional(),
  KmsMasterKeyId: z.unknown().optional(),
  KmsDataKeyReusePeriodSeconds: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export const readQueue: ReadResource<QueueModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  const {
    DelaySeconds,
    MaximumMessageSize,
    MessageRetentionPeriod,
    ReceiveMessageWaitTimeSeconds,
    VisibilityTimeout,
  } = given;
  const values = {
    DelaySeconds,
    MaximumMessageSize,
    MessageRetentionPeriod,
    ReceiveMessageWaitTimeSeconds,
    VisibilityTimeout,
    RedrivePolicy: given.RedrivePolicy === undefined ? undefined : JSON.stringify(given.RedrivePolicy),
  };
  const identity = context.identify(logicalId);
  return {
    logicalId,
    name: nameResource(logicalId, resource),
    url: identity.ref,
    arn: identity.attributes['Arn'] ?? '',
    attributes: Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    ),
  };
};
