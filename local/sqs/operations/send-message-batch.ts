import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { checkBatch, failedEntry } from '../check-batch.ts';
import { messageBytes, messageBytesMax } from '../check-message.ts';
import { outgoingMessage, outgoingMessageShape, sentMessage } from '../outgoing-message.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';
import { batchRequestTooLong } from '../sqs-errors.ts';

const inputSchema = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), ...outgoingMessageShape })),
});

export const sendMessageBatch =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, Entries } = parseInput(inputSchema, input);
    checkBatch(Entries);
    const messages = Entries.map(outgoingMessage);
    const bytes = messages.reduce((total, message) => total + messageBytes(message), 0);
    if (bytes > messageBytesMax) throw batchRequestTooLong(bytes, messageBytesMax);
    const outcomes = queues.send(queueNameOfUrl(QueueUrl), messages);
    return {
      Successful: Entries.flatMap((entry, index) => {
        const sent = outcomes[index];
        return sent?.outcome === 'sent' ? [{ Id: entry.Id, ...sentMessage(entry, sent.messageId) }] : [];
      }),
      Failed: Entries.flatMap(({ Id }, index) => {
        const sent = outcomes[index];
        return sent?.outcome === 'refused' ? [failedEntry(Id, sent.error)] : [];
      }),
    };
  };
