import * as z from 'zod';
import type { OutgoingMessage } from './check-message.ts';
import { messageAttributesSchema } from './message-attributes.ts';
import { digestOfAttributes, digestOfBody } from './message-digest.ts';

/** The members that a message has in SendMessage and in an entry of SendMessageBatch. */
export const outgoingMessageShape = {
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z
    .undefined(
      'The request include parameter that is not valid for this queue type: use it on AWS FIFO queues.',
    )
    .optional(),
  MessageAttributes: messageAttributesSchema.optional(),
  MessageSystemAttributes: z
    .strictObject({
      AWSTraceHeader: z.object({ DataType: z.literal('String'), StringValue: z.string().min(1) }).optional(),
    })
    .optional(),
};

const wireSchema = z.object(outgoingMessageShape);
type WireMessage = z.output<typeof wireSchema>;

/** The message the engine is given. */
export const outgoingMessage = (wire: WireMessage): OutgoingMessage => ({
  body: wire.MessageBody,
  delaySeconds: wire.DelaySeconds,
  groupId: wire.MessageGroupId,
  attributes: wire.MessageAttributes,
  traceHeader: wire.MessageSystemAttributes?.AWSTraceHeader?.StringValue,
});

/** What SQS answers for a message it took: the SDK compares the digests with what it sent. */
export const sentMessage = (wire: WireMessage, messageId: string) => ({
  MessageId: messageId,
  MD5OfMessageBody: digestOfBody(wire.MessageBody),
  MD5OfMessageAttributes: digestOfAttributes(wire.MessageAttributes ?? {}),
  MD5OfMessageSystemAttributes: digestOfAttributes(
    wire.MessageSystemAttributes?.AWSTraceHeader === undefined
      ? {}
      : { AWSTraceHeader: wire.MessageSystemAttributes.AWSTraceHeader },
  ),
});
