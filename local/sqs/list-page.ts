import { invalidParameter } from './sqs-errors.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html */
const namesMax = 1_000;

export interface NamePage {
  readonly names: string[];
  readonly nextToken: string | undefined;
}

/**
 * One page of sorted names. As in SQS a token is given only when the caller asked for a page size; it holds the
 * last name, so that queues made or deleted in between shift nothing.
 */
export function listPage(
  names: readonly string[],
  { maxResults, nextToken }: { maxResults: number | undefined; nextToken: string | undefined },
): NamePage {
  const after = nextToken === undefined ? '' : Buffer.from(nextToken, 'base64url').toString();
  if (nextToken !== undefined && after === '') throw invalidParameter('Invalid or expired next token.');
  const left = names.filter((name) => name > after);
  const page = left.slice(0, maxResults ?? namesMax);
  const last = page.at(-1);
  const hasMore = maxResults !== undefined && left.length > page.length;
  return {
    names: page,
    nextToken: hasMore && last !== undefined ? Buffer.from(last).toString('base64url') : undefined,
  };
}
