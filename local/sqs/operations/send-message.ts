import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { outgoingMessage, outgoingMessageShape, sentMessage } from '../outgoing-message.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({ QueueUrl: z.string(), ...outgoingMessageShape });

export const sendMessage =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const message = parseInput(inputSchema, input);
    const [sent] = queues.send(queueNameOfUrl(message.QueueUrl), [outgoingMessage(message)]);
    if (sent === undefined) throw new Error('The engine answered no outcome for a message.');
    if (sent.outcome === 'refused') throw sent.error;
    return sentMessage(message, sent.messageId);
  };
