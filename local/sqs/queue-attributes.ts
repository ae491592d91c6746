import * as z from 'zod';
import { queueNameOfArn } from './queue-address.ts';
import { invalidAttributeName, invalidAttributeValue, invalidValue } from './sqs-errors.ts';

/** A queue's attributes as the wire and the file have them: every value is a string. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** What the engine needs to know of a queue's attributes. */
export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly messageBytesMax: number;
  readonly retentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly redrive: { readonly deadLetterQueue: string; readonly maxReceiveCount: number } | undefined;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const numbers = new Map([
  ['VisibilityTimeout', { min: 0, max: 43_200, byDefault: 30 }],
  ['DelaySeconds', { min: 0, max: 900, byDefault: 0 }],
  ['MaximumMessageSize', { min: 1_024, max: 1_048_576, byDefault: 1_048_576 }],
  ['MessageRetentionPeriod', { min: 60, max: 1_209_600, byDefault: 345_600 }],
  ['ReceiveMessageWaitTimeSeconds', { min: 0, max: 20, byDefault: 0 }],
]);

const fifoOnly = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);

const redrivePolicySchema = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1_000),
});

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads a redrive policy; throws `InvalidParameterValue` naming what is wrong with it. */
function readRedrivePolicy(text: string): NonNullable<QueueSettings['redrive']> {
  const policy = redrivePolicySchema.safeParse(parseJson(text));
  if (!policy.success)
    throw invalidValue(
      'RedrivePolicy',
      text,
      'It must be JSON with deadLetterTargetArn and maxReceiveCount (1 to 1000).',
    );
  const deadLetterQueue = queueNameOfArn(policy.data.deadLetterTargetArn);
  if (deadLetterQueue === undefined)
    throw invalidValue('RedrivePolicy', text, 'Invalid value for deadLetterTargetArn.');
  return { deadLetterQueue, maxReceiveCount: policy.data.maxReceiveCount };
}

function checkAttribute(name: string, value: string): void {
  const range = numbers.get(name);
  if (range !== undefined) {
    if (!/^\d{1,9}$/.test(value) || Number(value) < range.min || Number(value) > range.max)
      throw invalidAttributeValue(name, `Must be an integer between ${range.min} and ${range.max}.`);
    return;
  }
  switch (name) {
    case 'RedrivePolicy':
      if (value !== '') readRedrivePolicy(value);
      return;
    case 'RedriveAllowPolicy':
    case 'Policy':
      if (value !== '' && parseJson(value) === undefined) throw invalidAttributeValue(name, 'Must be JSON.');
      return;
    case 'KmsDataKeyReusePeriodSeconds':
      if (!/^\d{1,5}$/.test(value) || Number(value) < 60 || Number(value) > 86_400)
        throw invalidAttributeValue(name, 'Must be an integer between 60 and 86400.');
      return;
    case 'SqsManagedSseEnabled':
      if (value !== 'true' && value !== 'false') throw invalidAttributeValue(name, 'Must be true or false.');
      return;
    case 'KmsMasterKeyId':
      return;
    default:
      throw fifoOnly.has(name)
        ? invalidAttributeName(
            `The attribute ${name} belongs to FIFO queues, which are not emulated: leave it out.`,
          )
        : invalidAttributeName(`Unknown Attribute ${name}.`);
  }
}

/** Refuses unknown names and values out of their range (`InvalidAttributeName`, `InvalidAttributeValue`). */
export function checkAttributes(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value);
}

const defaults: QueueAttributes = Object.fromEntries(
  Array.from(numbers, ([name, { byDefault }]) => [name, String(byDefault)]),
);

/** The attributes of a queue after `changes`; an empty policy takes the policy away. */
export function changeAttributes(current: QueueAttributes, changes: QueueAttributes): QueueAttributes {
  const merged = { ...defaults, ...current, ...changes };
  if (changes['KmsMasterKeyId'] && changes['SqsManagedSseEnabled'] === undefined)
    merged['SqsManagedSseEnabled'] = 'false';
  return Object.fromEntries(
    Object.entries({ SqsManagedSseEnabled: 'true', ...merged }).filter(([, value]) => value !== ''),
  );
}

const comparable = (value: string | undefined): string => {
  const json = parseJson(value ?? '');
  return typeof json === 'object' && json !== null
    ? JSON.stringify(Object.entries(json).sort(([one], [other]) => (one < other ? -1 : 1)))
    : (value ?? '');
};

/** The first of the `wanted` attributes that an existing queue has otherwise. */
export const differingAttribute = (existing: QueueAttributes, wanted: QueueAttributes): string | undefined =>
  Object.keys(wanted).find((name) => comparable(existing[name]) !== comparable(wanted[name]));

const numberOf = (attributes: QueueAttributes, name: string): number =>
  Number(attributes[name] ?? defaults[name]);

/** The settings that a complete set of attributes stands for. */
export function settingsOf(attributes: QueueAttributes): QueueSettings {
  const redrivePolicy = attributes['RedrivePolicy'];
  return {
    visibilityTimeoutSeconds: numberOf(attributes, 'VisibilityTimeout'),
    delaySeconds: numberOf(attributes, 'DelaySeconds'),
    messageBytesMax: numberOf(attributes, 'MaximumMessageSize'),
    retentionSeconds: numberOf(attributes, 'MessageRetentionPeriod'),
    receiveWaitSeconds: numberOf(attributes, 'ReceiveMessageWaitTimeSeconds'),
    redrive: redrivePolicy === undefined ? undefined : readRedrivePolicy(redrivePolicy),
  };
}
