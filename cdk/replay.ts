import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Env as ManageReplaysEnv } from '../functions/manage-replays/env.ts';
import type { Env as RunJobEnv } from '../functions/run-job/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { HookExecution } from './hook-execution.ts';
import type { HttpApi } from './http-api.ts';
import { jobTimeout } from './job-queue.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { QueueWithDlq } from './queue-with-dlq.ts';
import type { Tables } from './tables.ts';

interface ReplayProps {
  readonly api: HttpApi;
  readonly tables: Tables;
  /** Where deliveries to webhooks are sent anew. */
  readonly deliveries: QueueWithDlq;
  readonly jobs: QueueWithDlq;
  /** Where scripts are run anew, and who runs them. */
  readonly hooks: Pick<HookExecution, 'runs' | 'worker'>;
  readonly bundles: Bundles;
}

/** Deliveries sent anew: one at once, or many by a job → replay-jobs → run-job → webhook-deliveries or hook-runs. */
export class Replay extends Construct {
  constructor(scope: Construct, id: string, props: ReplayProps) {
    super(scope, id);
    const { api, tables, deliveries, jobs, hooks, bundles } = props;
    const { config, ledger } = tables;
    const environment = {
      CONFIG_TABLE: config.name,
      LEDGER_TABLE: ledger.name,
      WEBHOOK_DELIVERY_QUEUE_URL: deliveries.queueUrl,
      JOB_QUEUE_URL: jobs.queueUrl,
      HOOK_RUN_QUEUE_URL: hooks.runs.queueUrl,
      ...hooks.worker.environment,
    };
    const manageReplays = new NodeFunction<ManageReplaysEnv>(this, 'manage-replays', {
      bundles,
      description: 'Sends deliveries anew, and tells of the jobs that do',
      timeout: httpTimeout,
      environment,
    });
    const runJob = new NodeFunction<RunJobEnv>(this, 'run-job', {
      bundles,
      description: 'Replays deliveries page by page, at a bounded rate',
      timeout: jobTimeout,
      // A page may hold a hundred events of 256 KB.
      memorySizeMib: 512,
      environment,
      // A job goes on by messages to its own queue, some thousands for a long one.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    for (const fn of [manageReplays, runJob]) {
      config.grantRead(fn);
      ledger.grantReadWrite(fn);
      deliveries.grantSendMessages(fn);
      jobs.grantSendMessages(fn);
      hooks.runs.grantSendMessages(fn);
      hooks.worker.grantStart(fn);
    }
    // One job at a time each: those of a batch would wait for one another.
    runJob.addEventSource(
      new SqsEventSource(jobs, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency: 5 }),
    );
    api.serve(manageReplays, {
      '/api/v1/deliveries/{id}/retry': ['POST'],
      '/api/v1/webhooks/{id}/replay': ['POST'],
      '/api/v1/hooks/{id}/replay': ['POST'],
      '/api/v1/jobs': ['GET'],
      '/api/v1/jobs/{id}': ['GET'],
      '/api/v1/jobs/{id}/cancel': ['POST'],
    });
  }
}
