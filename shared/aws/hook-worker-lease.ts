import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { leaseSchema, refreshLease, releaseLease, takeLease } from '../hook-run-lease.ts';
import type { Lease } from '../hook-run-lease.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';

/** The row that says who works in a place at the queue of hook runs. */
export interface LeaseRow {
  read(): Promise<Lease | undefined>;
  /** Writes `next` if the row is still as it was seen; false when it moved on. */
  swap(seen: Lease | undefined, next: Lease): Promise<boolean>;
}

// Long enough that a start token, which is made from the version, is not given out twice while ECS remembers it.
const expirySeconds = 30 * 24 * 60 * 60;

/** @param place which worker it is about, from 0 on */
export function openLeaseRow(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  place: number,
  now: () => number,
): LeaseRow {
  const key = { pk: 'hook-worker', sk: `place#${place}` };
  return {
    async read() {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
      );
      return Item === undefined ? undefined : leaseSchema.parse(Item);
    },
    async swap(seen, next) {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...key, ...next, expires_at: Math.floor(now() / 1000) + expirySeconds },
            ...(seen === undefined
              ? { ConditionExpression: 'attribute_not_exists(pk)' }
              : {
                  ConditionExpression: '#version = :seen',
                  ExpressionAttributeNames: { '#version': 'version' },
                  ExpressionAttributeValues: { ':seen': seen.version },
                }),
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw error;
      }
    },
  };
}

/** The lease as one worker task holds it. Each answers whether the task had or got the lease. */
export interface WorkerLease {
  take(): Promise<boolean>;
  refresh(): Promise<boolean>;
  release(): Promise<boolean>;
}

const swapsMax = 10;

/**
 * Changes the row from whatever it is; false when `change` finds nothing to do.
 * Throws when others change it all the time.
 */
async function change(row: LeaseRow, next: (seen: Lease | undefined) => Lease | undefined): Promise<boolean> {
  for (let swaps = 0; swaps < swapsMax; swaps++) {
    const seen = await row.read();
    const wanted = next(seen);
    if (wanted === undefined) return false;
    if (await row.swap(seen, wanted)) return true;
  }
  throw new Error(`The lease of the hook worker changed ${swapsMax} times under our hands`);
}

export const openWorkerLease = (row: LeaseRow, taskArn: string, now: () => number): WorkerLease => ({
  take: () => change(row, (seen) => takeLease(seen, taskArn, now())),
  refresh: () => change(row, (seen) => refreshLease(seen, taskArn, now())),
  release: () => change(row, (seen) => releaseLease(seen, taskArn, 'clean')),
});

/** Releases the lease of a task that has stopped; false when it was not that task's any more. */
export const releaseForStopped = (
  row: LeaseRow,
  taskArn: string,
  end: 'clean' | 'failed',
): Promise<boolean> => change(row, (seen) => releaseLease(seen, taskArn, end));
