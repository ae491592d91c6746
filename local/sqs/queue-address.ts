import { invalidAddress } from './sqs-errors.ts';

/** The account and region of every emulated resource. */
export const accountId = '000000000000';
const arnPrefix = `arn:aws:sqs:us-east-1:${accountId}:`;

export const queueArn = (name: string): string => `${arnPrefix}${name}`;

/** The queue an ARN names, or undefined when the ARN is of no queue here. */
export const queueNameOfArn = (arn: string): string | undefined =>
  arn.startsWith(arnPrefix) && arn.length > arnPrefix.length ? arn.slice(arnPrefix.length) : undefined;

export const queueUrl = (baseUrl: string, name: string): string => `${baseUrl}/${accountId}/${name}`;

/**
 * The queue a URL names. Host and port are not compared: a URL stays good when the endpoint restarts on another
 * port. Throws `InvalidAddress` when it is no queue URL.
 */
export function queueNameOfUrl(url: string): string {
  const name = URL.parse(url)?.pathname.match(/^\/\d+\/([^/]+)$/)?.[1];
  if (name === undefined) throw invalidAddress(url);
  return name;
}
