import { createHash } from 'node:crypto';
import { RunTaskCommand } from '@aws-sdk/client-ecs';
import { isLive, noteStart } from '../hook-run-lease.ts';
import type { Lease } from '../hook-run-lease.ts';
import { workerContainerName } from '../hook-run-worker-env.ts';
import type { DynamoDBDocumentClient, ECSClient } from './clients.ts';
import { openLeaseRow } from './hook-worker-lease.ts';
import type { LeaseRow } from './hook-worker-lease.ts';

/** Starts a worker task and answers its ARN; the same token again answers the same task. */
export type StartWorker = (token: string) => Promise<string>;

/** Sees that a worker is up or on its way. To be called after messages were queued, never before. */
export type EnsureWorker = () => Promise<void>;

interface WorkerEnvironment {
  readonly HOOK_CLUSTER_ARN: string;
  readonly HOOK_TASK_DEFINITION_ARN: string;
  readonly HOOK_SUBNET_IDS: string;
  readonly HOOK_SECURITY_GROUP_ID: string;
}

/**
 * Throws with the reasons when ECS answers that it could not place the task.
 * @param place which the worker is told to take
 */
export const createStartWorker =
  (ecs: ECSClient, env: WorkerEnvironment, place: number): StartWorker =>
  async (token) => {
    const answer = await ecs.send(
      new RunTaskCommand({
        cluster: env.HOOK_CLUSTER_ARN,
        taskDefinition: env.HOOK_TASK_DEFINITION_ARN,
        launchType: 'FARGATE',
        count: 1,
        clientToken: tokenFor(env, place, token),
        overrides: {
          containerOverrides: [
            { name: workerContainerName, environment: [{ name: 'WORKER_PLACE', value: String(place) }] },
          ],
        },
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: env.HOOK_SUBNET_IDS.split(','),
            securityGroups: [env.HOOK_SECURITY_GROUP_ID],
            // Without NAT this is the only way out, to AWS too.
            assignPublicIp: 'ENABLED',
          },
        },
      }),
    );
    const [task] = answer.tasks ?? [];
    if (task?.taskArn !== undefined) return task.taskArn;
    const reasons = (answer.failures ?? []).map(({ reason, detail }) =>
      [reason ?? 'unknown', detail].filter((part) => part !== undefined).join(': '),
    );
    throw new Error(
      `ECS started no hook worker (${reasons.join('; ') || 'no reason given'}). The runs wait in their queue; check the Fargate quota, the subnets and the image of ${env.HOOK_TASK_DEFINITION_ARN}.`,
    );
  };

/** 64 characters, the most that ECS takes. A new task definition gets a new token: reusing one is a conflict. */
const tokenFor = (env: WorkerEnvironment, place: number, token: string): string =>
  createHash('sha256')
    .update(JSON.stringify([env, place, token]))
    .digest('hex');

/** Callers that saw the same lease ask for the same task. */
const tokenOf = (seen: Lease | undefined): string => `${seen?.version ?? 0} ${seen?.task_arn ?? ''}`;

const looksMax = 5;

/**
 * Why no message is left behind: a worker that finds nothing to do releases its lease first and receives once more
 * after that, and this reads the lease after the message was queued. A lease that is still live here is released
 * later, so the receive that follows the release finds the message; one that is not live here gets a new worker.
 * A task that was asked for and never comes up ends as a state change, on which close-hook-task asks again.
 *
 * The task is started before its start is noted: who dies in between leaves a worker too many, which leaves by
 * itself, and not messages that nobody works on.
 */
export function createEnsureWorker(dependencies: {
  readonly row: LeaseRow;
  readonly start: StartWorker;
  readonly now: () => number;
}): EnsureWorker {
  const { row, start, now } = dependencies;
  return async () => {
    for (let looks = 0; looks < looksMax; looks++) {
      const seen = await row.read();
      if (isLive(seen, now())) return;
      const taskArn = await start(tokenOf(seen));
      if (await row.swap(seen, noteStart(seen, taskArn, now()))) return;
      // Somebody moved the lease on, perhaps a worker that came and left meanwhile: look again.
    }
    throw new Error('The lease of the hook worker changes all the time; the next event tries again.');
  };
}

interface Sources {
  readonly dynamo: DynamoDBDocumentClient;
  readonly ecs: ECSClient;
  readonly env: WorkerEnvironment & { readonly LEDGER_TABLE: string };
  readonly now: () => number;
}

/** An `EnsureWorker` for a place; that in the first one is whom every message relies on. */
export const openEnsureWorker = ({ dynamo, ecs, env, now }: Sources, place = 0): EnsureWorker =>
  createEnsureWorker({
    row: openLeaseRow(dynamo, env.LEDGER_TABLE, place, now),
    start: createStartWorker(ecs, env, place),
    now,
  });

/** Sees that so many workers are up or on their way, at least one and at most as many as there are places. */
export type EnsureWorkers = (count: number) => Promise<void>;

/**
 * Throws when the worker that every message relies on could not be started; the others only make it faster.
 * @param places for each worker that there may be, who sees that it is up
 * @param onUnstarted told of each of the others that could not be started
 */
export const createEnsureWorkers =
  (places: readonly EnsureWorker[], onUnstarted: (error: unknown) => void): EnsureWorkers =>
  async (count) => {
    const wanted = places.slice(0, Math.max(1, count));
    const [first, ...others] = await Promise.allSettled(wanted.map((ensure) => ensure()));
    for (const other of others) {
      if (other.status === 'rejected') onUnstarted(other.reason);
    }
    if (first?.status === 'rejected') throw first.reason;
  };
