import * as z from 'zod';
import { chargeRequest } from './charge.ts';
import type { Cause, Charge } from './charge.ts';
import type { PriceTable } from './price-table.ts';

const entrySchema = z.object({ MessageBody: z.string(), MessageGroupId: z.string().optional() });
const sendSchema = z.union([
  z.object({ QueueUrl: z.string(), Entries: z.array(entrySchema) }),
  entrySchema
    .extend({ QueueUrl: z.string() })
    .transform(({ QueueUrl, ...entry }) => ({ QueueUrl, Entries: [entry] })),
]);
const receivedSchema = z.object({ Messages: z.array(z.object({ Body: z.string() })).default([]) });
const queueSchema = z.object({ QueueUrl: z.string().optional() });

/** A queue's name without that of the stack. */
export const queueLabel = (name: string): string => name.replace(/^sublarr-events-/, '');

export const bytesOf = (bodies: readonly string[]): number =>
  bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);

export function causeOf(bodies: readonly string[]): Cause {
  return bodies.length > 0 && bodies.every((body) => body.includes('"event_name":"hook_executed"'))
    ? 'hook_executed'
    : 'event';
}

/**
 * Counts requests to SQS: a batch is one request for every 64 KB of all its messages, and a message group makes
 * it a request to a fair queue, which costs a quarter more.
 */
export function countSqsCall(
  prices: PriceTable,
  call: { operation: string; status: number; input: unknown; output: unknown },
): Charge[] {
  const { operation, status, input, output } = call;
  if (status !== 200) return [];
  if (operation === 'SendMessage' || operation === 'SendMessageBatch') {
    const { QueueUrl, Entries } = sendSchema.parse(input);
    const bytes = bytesOf(Entries.map(({ MessageBody }) => MessageBody));
    const purpose = `send to ${queueLabel(QueueUrl.split('/').at(-1) ?? '')}`;
    const isFair = Entries.some(({ MessageGroupId }) => MessageGroupId !== undefined);
    return [
      chargeRequest(prices, 'sqs-request', { purpose }, bytes),
      ...(isFair ? [chargeRequest(prices, 'sqs-fair-request', { purpose: `${purpose}, fair` }, bytes)] : []),
    ];
  }
  const queue = queueLabel(queueSchema.parse(input).QueueUrl?.split('/').at(-1) ?? 'no queue');
  if (operation === 'ReceiveMessage') {
    const bodies = receivedSchema.parse(output).Messages.map(({ Body }) => Body);
    return [chargeRequest(prices, 'sqs-request', { purpose: `receive from ${queue}` }, bytesOf(bodies))];
  }
  return [chargeRequest(prices, 'sqs-request', { purpose: `${operation} on ${queue}` })];
}
