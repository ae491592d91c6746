import * as z from 'zod';
import { queueArn, queueNameOfArn } from './queue-address.ts';
import { invalidParameter, resourceNotFound } from './sqs-errors.ts';

const handleSchema = z.object({ taskId: z.string(), sourceArn: z.string() });

/** The name of the queue an ARN stands for. Throws `ResourceNotFoundException` naming the parameter. */
export function queueNameOf(parameter: string, arn: string): string {
  const name = queueNameOfArn(arn);
  if (name === undefined)
    throw resourceNotFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`);
  return name;
}

export const writeTaskHandle = ({ id, source }: { id: string; source: string }): string =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn: queueArn(source) })).toString('base64');

/** Reads a task handle back. Throws `InvalidParameterValue` when it is none. */
export function readTaskHandle(handle: string): { id: string; source: string } {
  const parsed = (() => {
    try {
      return handleSchema.parse(JSON.parse(Buffer.from(handle, 'base64').toString()));
    } catch {
      throw invalidParameter('Value for parameter TaskHandle is invalid.');
    }
  })();
  return { id: parsed.taskId, source: queueNameOf('SourceArn', parsed.sourceArn) };
}
