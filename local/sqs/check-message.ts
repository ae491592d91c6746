import type { AwsError } from '../aws/service.ts';
import type { MessageAttributes } from './message-attributes.ts';
import { invalidMessageContents, invalidParameter, invalidValue } from './sqs-errors.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const messageBytesMax = 1_048_576;
const delaySecondsMax = 900;
const attributesMax = 10;
const attributeNameMax = 256;

/** A message as a sender gives it. */
export interface OutgoingMessage {
  readonly body: string;
  readonly delaySeconds?: number | undefined;
  readonly groupId?: string | undefined;
  readonly attributes?: MessageAttributes | undefined;
  readonly traceHeader?: string | undefined;
}

const forbiddenCharacter = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const groupIdPattern = /^[!-~]{1,128}$/;
const attributeNamePattern = /^(?!\.)(?!.*\.\.)(?!(?:aws|amazon)\.)[\w.-]+(?<!\.)$/i;
const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Bytes SQS counts for a message: its body and the name, type and value of each attribute. */
export function messageBytes(message: Pick<OutgoingMessage, 'body' | 'attributes'>): number {
  let bytes = Buffer.byteLength(message.body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(message.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    bytes += Buffer.byteLength(StringValue ?? '') + Buffer.byteLength(BinaryValue ?? '', 'base64');
  }
  return bytes;
}

function faultOfAttribute(
  name: string,
  { DataType, StringValue, BinaryValue }: MessageAttributes[string],
): string | undefined {
  if (name.length > attributeNameMax || !attributeNamePattern.test(name))
    return `The message attribute name '${name}' is invalid.`;
  const [type] = DataType.split('.', 1);
  switch (type) {
    case 'String':
    case 'Number':
      if (BinaryValue !== undefined || StringValue === undefined || StringValue === '')
        return `The message attribute '${name}' with type '${DataType}' must use a non-empty StringValue.`;
      if (forbiddenCharacter.test(StringValue))
        return `The message attribute '${name}' contains invalid characters.`;
      return type === 'Number' && !numberPattern.test(StringValue)
        ? `Can't cast the value of message attribute '${name}' to a number.`
        : undefined;
    case 'Binary':
      return StringValue !== undefined || BinaryValue === undefined || BinaryValue === ''
        ? `The message attribute '${name}' with type '${DataType}' must use a non-empty BinaryValue.`
        : undefined;
    case undefined:
    default:
      return `The message attribute '${name}' has an invalid type '${DataType}': use String, Number or Binary.`;
  }
}

function faultOfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes);
  if (entries.length > attributesMax)
    return `Number of message attributes [${entries.length}] exceeds the allowed maximum [${attributesMax}].`;
  for (const [name, attribute] of entries) {
    const fault = faultOfAttribute(name, attribute);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why SQS would refuse this message in a queue with this size limit, or undefined when it takes it. */
export function checkMessage(message: OutgoingMessage, bytesMax: number): AwsError | undefined {
  const { body, delaySeconds, groupId, attributes } = message;
  if (body === '') return invalidValue('MessageBody', body, 'The message body must not be empty.');
  if (forbiddenCharacter.test(body)) return invalidMessageContents();
  if (
    delaySeconds !== undefined &&
    !(Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= delaySecondsMax)
  )
    return invalidValue('DelaySeconds', delaySeconds, `DelaySeconds must be >= 0 and <= ${delaySecondsMax}.`);
  if (groupId !== undefined && !groupIdPattern.test(groupId))
    return invalidValue(
      'MessageGroupId',
      groupId,
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  const fault = attributes === undefined ? undefined : faultOfAttributes(attributes);
  if (fault !== undefined) return invalidParameter(fault);
  return messageBytes(message) > bytesMax
    ? invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`,
      )
    : undefined;
}
