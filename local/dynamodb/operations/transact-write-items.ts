import { createHash } from 'node:crypto';
import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import {
  type CancellationReason,
  DynamoError,
  idempotentParameterMismatch,
  invalid,
  transactionCanceled,
} from '../dynamo-errors.ts';
import { capacityModeIn, tellCapacity, writeUnits } from '../engine/capacity.ts';
import {
  applyChange,
  type PendingWrite,
  type SettledWrite,
  settleWrite,
  writtenBytes,
} from '../engine/pending-write.ts';
import type { Answer } from '../request/json-text.ts';
import { listIn, required, textIn } from '../request/members.ts';
import { readTransaction } from '../request/read-transaction.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const tokenMs = 10 * 60 * 1_000;
// The SDK gives every transaction a token of its own, for its retries of the next seconds.
const tokensMax = 10_000;
const transactionBytesMax = 4 * 1024 * 1024;

function reasonOf(error: unknown): CancellationReason {
  if (error instanceof DynamoError && error.code === 'ConditionalCheckFailedException') {
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.details };
  }
  if (error instanceof DynamoError && error.code === 'ValidationException') {
    return { Code: 'ValidationError', Message: error.message };
  }
  throw error;
}

/** Settles every write by what is stored. Throws TransactionCanceledException with a reason for each. */
function settleAll(writes: readonly PendingWrite[]): SettledWrite[] {
  const settled: SettledWrite[] = [];
  const reasons = writes.map((write): CancellationReason => {
    try {
      settled.push(settleWrite(write));
      return { Code: 'None' };
    } catch (error) {
      return reasonOf(error);
    }
  });
  if (reasons.some(({ Code }) => Code !== 'None')) throw transactionCanceled(reasons);
  return settled;
}

interface Done {
  readonly digest: string;
  readonly answer: Answer;
  readonly until: number;
}

/** Remembers for ten minutes, or until many have followed, which transactions were done under which token. */
function createTokens(now: () => number) {
  const done = new Map<string, Done>();
  return {
    find(token: string, digest: string): Answer | undefined {
      for (const [known, { until }] of done) {
        if (until > now() && done.size <= tokensMax) break;
        done.delete(known);
      }
      const known = done.get(token);
      if (known === undefined) return undefined;
      if (known.digest !== digest) throw idempotentParameterMismatch();
      return known.answer;
    },
    keep(token: string, digest: string, answer: Answer): void {
      done.set(token, { digest, answer, until: now() + tokenMs });
    },
  };
}

export const transactWriteItems = ({ tables, now }: DynamoContext): DynamoOperation => {
  const tokens = createTokens(now);

  const run: DynamoOperation = (input) => {
    const capacity = capacityModeIn(input);
    const writes = readTransaction(tables, required('TransactItems', listIn(input, 'TransactItems')));
    const settled = settleAll(writes);
    const bytes = settled.map(writtenBytes);
    if (bytes.reduce((total, each) => total + each, 0) > transactionBytesMax) {
      throw invalid('The items of a transaction cannot exceed 4 MB in all');
    }
    tables.transaction(() => {
      for (const [at, write] of writes.entries()) {
        const change = settled[at]?.change;
        if (change !== undefined) applyChange(write, change);
      }
    });
    if (capacity === 'NONE') return {};
    const units = new Map<string, number>();
    for (const [at, { table }] of writes.entries()) {
      const { name } = table.schema;
      units.set(name, (units.get(name) ?? 0) + writeUnits(bytes[at] ?? 0, true));
    }
    return {
      ConsumedCapacity: Array.from(units, ([name, consumed]) => tellCapacity(capacity, name, consumed)),
    };
  };

  return (input) => {
    const token = textIn(input, 'ClientRequestToken');
    if (token === undefined) return run(input);
    const digest = createHash('sha256').update(JSON.stringify(input['TransactItems'])).digest('base64');
    const known = tokens.find(token, digest);
    if (known !== undefined) return known;
    const answer = run(input);
    tokens.keep(token, digest, answer);
    return answer;
  };
};
