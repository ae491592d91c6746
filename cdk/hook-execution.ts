import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Construct } from 'constructs';
import type { Env as CloseHookTaskEnv } from '../functions/close-hook-task/env.ts';
import type { Env as HookRunnerEnv } from '../functions/hook-runner/env.ts';
import type { Env as ManageHooksEnv } from '../functions/manage-hooks/env.ts';
import type { Env as StartHooksEnv } from '../functions/start-hooks/env.ts';
import { hookTimeoutSecondsMax } from '../shared/limits.ts';
import type { Bundles } from './bundle-functions.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { EventBus } from './event-bus.ts';
import { HookWorker } from './hook-worker.ts';
import { executionEnvironment } from './execution-environment.ts';
import type { HttpApi } from './http-api.ts';
import { directoryOf, httpTimeout, NodeFunction } from './node-function.ts';
import { consume, visibilityFor } from './queue-consumer.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { Tables } from './tables.ts';

interface HookExecutionProps {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly tables: Tables;
  /** What manage-hooks hands to run-job. */
  readonly jobs: QueueWithDlq;
  /** `when-watched` or `always`. */
  readonly publishHookExecuted: string;
  /** Worker tasks at a time. */
  readonly workersMax: string;
  readonly bundles: Bundles;
}

const startTimeout = Duration.seconds(30);

/**
 * bus → hook-events → start-hooks → hook-runs → hook-runner tasks; close-hook-task follows their end. What a script
 * wants to be run again for later waits in hook-events, so that no worker needs to be up meanwhile; a worker that can't
 * keep up says so there, too.
 */
export class HookExecution extends Construct {
  readonly runs: QueueWithDlq;
  readonly worker: HookWorker<HookRunnerEnv>;

  constructor(scope: Construct, id: string, props: HookExecutionProps) {
    super(scope, id);
    const { api, bus, jobs, bundles } = props;
    const { config, ledger, connections } = props.tables;
    const executions = executionEnvironment(props);

    const hookEvents = new QueueWithDlq(this, 'hook-events', {
      impact:
        'Events or retries could not be turned into hook runs: their scripts were not run. See the logs of start-hooks, mend the cause, then redrive the DLQ.',
      visibilityTimeout: visibilityFor(startTimeout),
    });
    const hookRuns = new QueueWithDlq(this, 'hook-runs', {
      impact:
        'Workers died five times with these runs in hand: the scripts did not run to their end. See the logs of hook-runner, mend the cause, then redrive the DLQ.',
      // The worker pulls by itself, and holds a message while the script runs.
      visibilityTimeout: Duration.seconds(hookTimeoutSecondsMax + 60),
    });
    this.runs = hookRuns;
    bus.routeForHooksTo(
      hookEvents,
      'to-hooks',
      'EventBridge could not hand events to hook-events: no hook hears of them. Check the policy of that queue, then send these messages to it again.',
    );

    const worker = new HookWorker<HookRunnerEnv>(this, 'worker', {
      directory: directoryOf(bundles, 'hook-runner'),
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        HOOK_RUN_QUEUE_URL: hookRuns.queueUrl,
        HOOK_EVENT_QUEUE_URL: hookEvents.queueUrl,
        ...executions,
        HOOK_WORKERS_MAX: props.workersMax,
        RUN_CONCURRENCY: '8',
        IDLE_SECONDS: '60',
      },
    });
    this.worker = worker;
    config.grantReadWrite(worker.role);
    ledger.grantReadWrite(worker.role);
    hookRuns.grantConsumeMessages(worker.role);
    // Retries wait there: start-hooks hears of them when they are due, and sees that a worker is up.
    hookEvents.grantSendMessages(worker.role);
    bus.grantPublish(worker.role);
    connections.grantRead(worker.role);

    const startHooks = new NodeFunction<StartHooksEnv>(this, 'start-hooks', {
      bundles,
      description: 'Enqueues one run per event and subscribed hook, and sees that a worker is up',
      timeout: startTimeout,
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        HOOK_RUN_QUEUE_URL: hookRuns.queueUrl,
        HOOK_EVENT_QUEUE_URL: hookEvents.queueUrl,
        HOOK_WORKERS_MAX: props.workersMax,
        ...worker.environment,
      },
      // A long wait for a retry is many messages to its own queue.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    config.grantRead(startHooks);
    ledger.grantReadWrite(startHooks);
    hookRuns.grantSendMessages(startHooks);
    hookEvents.grantSendMessages(startHooks);
    worker.grantStart(startHooks);
    consume(hookEvents, startHooks, 5);

    const manageHooks = new NodeFunction<ManageHooksEnv>(this, 'manage-hooks', {
      bundles,
      description: 'The management API of hooks and their scripts',
      timeout: httpTimeout,
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        HOOK_RUN_QUEUE_URL: hookRuns.queueUrl,
        JOB_QUEUE_URL: jobs.queueUrl,
        ...worker.environment,
      },
    });
    config.grantReadWrite(manageHooks);
    ledger.grantReadWrite(manageHooks);
    hookRuns.grantSendMessages(manageHooks);
    jobs.grantSendMessages(manageHooks);
    worker.grantStart(manageHooks);
    api.serve(manageHooks, {
      '/api/v1/hooks': ['GET', 'POST'],
      '/api/v1/hooks/{id}': ['GET', 'PUT', 'DELETE'],
      '/api/v1/hooks/{id}/test': ['POST'],
      '/api/v1/hooks/{id}/enable': ['POST'],
      '/api/v1/scripts': ['GET'],
      '/api/v1/scripts/{name}': ['GET', 'PUT', 'DELETE'],
      '/api/v1/scripts/{name}/versions': ['GET'],
    });

    const unclosedTasks = new DeadLetterQueue(this, 'unclosed-hook-tasks', {
      impact:
        'The end of worker tasks was not followed up: runs may seem to go on for ever, and waiting ones may lack a worker. See the logs of close-hook-task.',
    });
    const closeHookTask = new NodeFunction<CloseHookTaskEnv>(this, 'close-hook-task', {
      bundles,
      description: 'Closes the runs of a worker task that stopped',
      timeout: Duration.seconds(30),
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        HOOK_RUN_QUEUE_URL: hookRuns.queueUrl,
        ...executions,
        HOOK_WORKERS_MAX: props.workersMax,
        ...worker.environment,
      },
    });
    config.grantWrite(closeHookTask);
    ledger.grantReadWrite(closeHookTask);
    // It hands back, or takes out, the messages that the dead worker held.
    hookRuns.grant(closeHookTask, 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage');
    bus.grantPublish(closeHookTask);
    connections.grantRead(closeHookTask);
    worker.grantStart(closeHookTask);
    // The rule's DLQ holds what never reached the function, this what the function failed on three times.
    closeHookTask.configureAsyncInvoke({ retryAttempts: 2, onFailure: new SqsDestination(unclosedTasks) });
    new events.Rule(this, 'task-stopped', {
      description: 'Hook worker tasks that stopped, whatever the reason',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: { lastStatus: ['STOPPED'], clusterArn: [worker.clusterArn] },
      },
      targets: [new LambdaFunction(closeHookTask, { deadLetterQueue: unclosedTasks })],
    });
  }
}
