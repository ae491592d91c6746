import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CfnParameter } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { stackName } from '../../cdk/build-app.ts';
import type { Log } from '../../local/log.ts';
import { startStack } from '../../local/start-stack.ts';
import type { RunningStack } from '../../local/start-stack.ts';
import { createApiClient } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

const executionsQueueName = 'test-executions';

/** What a `hook_executed` event tells. */
export interface Execution {
  readonly event_id: string;
  readonly event_name: string;
  readonly webhook_id?: string;
  readonly hook_id?: string;
  readonly success: boolean;
  readonly state: string;
}

/** The whole local stack, a receiver, and an ear on `hook_executed`. */
export interface TestStack {
  readonly stack: RunningStack;
  readonly api: ApiClient;
  readonly receiver: Receiver;
  readonly sqs: SQSClient;
  /** Resolves with the finished deliveries or runs of a webhook or hook once there are `count`. */
  readonly waitForExecutions: (endpointId: string, count: number) => Promise<readonly Execution[]>;
  /** Every finished delivery and run so far. */
  readonly executions: () => readonly Execution[];
  readonly stop: () => Promise<void>;
}

/** Adds a queue that every `hook_executed` reaches, watched or not, so that tests wait for it and never for time. */
function addExecutionsQueue(stack: Stack): void {
  const parameter = stack.node.findChild('PublishHookExecuted');
  if (parameter instanceof CfnParameter) parameter.default = 'always';
  const queue = new sqs.Queue(stack, 'TestExecutions', { queueName: executionsQueueName });
  new events.Rule(stack, 'ToTestExecutions', {
    eventBus: events.EventBus.fromEventBusName(stack, 'TestBus', stackName),
    eventPattern: { detailType: ['hook_executed'] },
    targets: [new SqsQueue(queue, { message: events.RuleTargetInput.fromEventPath('$.detail.data') })],
  });
}

interface Ear {
  readonly executions: Execution[];
  readonly waitFor: TestStack['waitForExecutions'];
  readonly stop: () => Promise<void>;
}

function listen(client: SQSClient, queueUrl: string): Ear {
  const executions: Execution[] = [];
  const waiting = new Set<() => void>();
  const stopping = new AbortController();
  const receive = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
        { abortSignal: stopping.signal },
      );
      if (Messages.length === 0) continue;
      executions.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as Execution));
      await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
      for (const check of waiting) check();
    }
  };
  const receiving = receive().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    executions,
    waitFor: (endpointId, count) =>
      new Promise((resolve) => {
        const check = () => {
          const found = executions.filter(
            ({ webhook_id, hook_id }) => webhook_id === endpointId || hook_id === endpointId,
          );
          if (found.length < count) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    stop: async () => {
      stopping.abort();
      await receiving;
    },
  };
}

/** Silent unless something went wrong: then the lines help to see what. */
const keepLog: Log = ({ level, source, message }) => {
  if (level === 'error') process.stderr.write(`[${source}] ${message}\n`);
};

/**
 * Starts the whole local stack from the CDK app, in memory.
 * @param extend adds to the CDK stack first
 * @param options one worker for hook scripts unless told
 */
export async function startTestStack(
  extend?: (stack: Stack, receiver: Receiver) => void,
  options: { readonly hookWorkers?: number } = {},
): Promise<TestStack> {
  const receiver = await startReceiver();
  const stack = await startStack({
    port: 0,
    log: keepLog,
    ...options,
    extend: (cdkStack) => {
      addExecutionsQueue(cdkStack);
      extend?.(cdkStack, receiver);
    },
  });
  const client = new SQSClient({
    endpoint: stack.awsEndpoint,
    region: 'us-east-1',
    credentials: stack.awsCredentials,
  });
  const ear = listen(client, `${stack.awsEndpoint}/000000000000/${executionsQueueName}`);
  return {
    stack,
    api: createApiClient(stack.apiUrl, stack.apiKey),
    receiver,
    sqs: client,
    waitForExecutions: ear.waitFor,
    executions: () => ear.executions,
    stop: async () => {
      await ear.stop();
      await stack.stop();
      await receiver.close();
    },
  };
}
