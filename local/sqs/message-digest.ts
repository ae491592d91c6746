import { hash } from 'node:crypto';
import type { MessageAttributes } from './message-attributes.ts';

/** MD5 of a message body, as the SDK checks it. */
export const digestOfBody = (body: string): string => hash('md5', body);

const lengthPrefixed = (bytes: Buffer): Buffer[] => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
};

/**
 * MD5 of message attributes: by name, each name, type and value behind its length.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function digestOfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
  if (entries.length === 0) return undefined;
  const parts = entries.flatMap(([name, { DataType, StringValue, BinaryValue }]) => [
    ...lengthPrefixed(Buffer.from(name)),
    ...lengthPrefixed(Buffer.from(DataType)),
    Buffer.from([BinaryValue === undefined ? 1 : 2]),
    ...lengthPrefixed(
      BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64'),
    ),
  ]);
  return hash('md5', Buffer.concat(parts));
}
