import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Page } from '../cursor.ts';
import { jobSchema } from '../job.ts';
import type { Job } from '../job.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'job';

/** The jobs of each tenant, for thirty days. */
export interface JobTable extends Pick<ConfigRows<Job>, 'get' | 'update'> {
  /** Writes a job unless it is there already. */
  add(job: Job): Promise<void>;
  /** Newest first. */
  list(tenant: string, page: { limit: number; beforeId?: string | undefined }): Promise<Page<Job>>;
}

/** Opens the jobs in the ledger table. `now` in epoch milliseconds. */
export function openJobs(dynamo: DynamoDBDocumentClient, tableName: string, now: () => number): JobTable {
  const rows = openConfigRows(dynamo, tableName, kind, jobSchema);
  const keyOf = (tenant: string, id: string) => ({ pk: `${tenant}#${kind}`, sk: id });
  return {
    get: rows.get,
    update: rows.update,

    async add(job) {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...keyOf(job.tenant, job.id), ...job },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
    },

    async list(tenant, { limit, beforeId }) {
      const answer = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `${tenant}#${kind}` },
          ScanIndexForward: false,
          ConsistentRead: true,
          ExclusiveStartKey: beforeId === undefined ? undefined : keyOf(tenant, beforeId),
          Limit: limit,
        }),
      );
      const nextKey: unknown = answer.LastEvaluatedKey?.['sk'];
      const jobs = (answer.Items ?? []).map((item) => jobSchema.parse(item));
      return {
        // DynamoDB deletes what has expired some days late.
        items: jobs.filter(({ expires_at }) => expires_at * 1000 > now()),
        nextKey: typeof nextKey === 'string' ? nextKey : undefined,
      };
    },
  };
}
