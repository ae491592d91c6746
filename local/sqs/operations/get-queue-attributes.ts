import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import type { QueueDescription } from '../open-queues.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';
import { invalidAttributeName } from '../sqs-errors.ts';

const inputSchema = z.object({
  QueueUrl: z.string(),
  AttributeNames: z.array(z.string()).default([]),
});

/** Attributes a queue has only when they were set: asking for one that was not is no error. */
const optionalNames = new Set([
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
]);

const seconds = (epochMs: number): string => String(Math.floor(epochMs / 1_000));

const allAttributes = ({ arn, attributes, counts, createdAt, changedAt }: QueueDescription) => ({
  ...attributes,
  QueueArn: arn,
  CreatedTimestamp: seconds(createdAt),
  LastModifiedTimestamp: seconds(changedAt),
  ApproximateNumberOfMessages: String(counts.visible),
  ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
  ApproximateNumberOfMessagesDelayed: String(counts.delayed),
});

export const getQueueAttributes =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, AttributeNames } = parseInput(inputSchema, input);
    const all: Readonly<Record<string, string>> = allAttributes(queues.describe(queueNameOfUrl(QueueUrl)));
    const unknown = AttributeNames.find(
      (name) => name !== 'All' && !Object.hasOwn(all, name) && !optionalNames.has(name),
    );
    if (unknown !== undefined) throw invalidAttributeName(`Unknown Attribute ${unknown}.`);
    return {
      Attributes: AttributeNames.includes('All')
        ? all
        : Object.fromEntries(Object.entries(all).filter(([name]) => AttributeNames.includes(name))),
    };
  };
