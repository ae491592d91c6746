import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { openQueues, startTimer } from '../../../local/sqs/open-queues.ts';
import { createSqsService } from '../../../local/sqs/sqs-service.ts';
import { listenForSqs } from './listen-for-sqs.ts';
import { describeQueueConformance } from './queue-conformance.ts';

const clientOptions = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};

describeQueueConformance(
  'the embedded queue',
  async () => {
    const queues = openQueues({ file: ':memory:', now: Date.now, after: startTimer, newId: randomUUID });
    const endpoint = await listenForSqs((baseUrl) => createSqsService({ queues, baseUrl }));
    const client = new SQSClient({ ...clientOptions, endpoint: endpoint.url });
    return {
      client,
      async stop() {
        client.destroy();
        await endpoint.close();
        queues.close();
      },
    };
  },
  {
    namesErrors: 'as SQS',
    takesEveryCharacter: 'as SQS',
    refusesForeignHandles: 'as SQS',
    tellsDeletedFromVisible: 'as SQS',
    messageGroups: 'as SQS',
    moveTasks: 'as SQS',
    listsDeadLetterSources: 'as SQS',
    tellsDeadLetterSource: 'as SQS',
    checksDeadLetterQueue: 'as SQS',
    refusesUnknownAttributes: 'as SQS',
    checksDelay: 'as SQS',
    checksMessageAttributes: 'as SQS',
    returnsAttributesOnDemand: 'as SQS',
    digestsReturnedAttributes: 'as SQS',
    returnsTraceHeader: 'as SQS',
    refusesFifo: 'as SQS',
  },
);

// In memory: with persistence ChangeMessageVisibility(0) answers 500.
describeQueueConformance(
  'fauxqs',
  async () => {
    const server = await startFauxqs({ port: 0, logger: false });
    // Its queue URLs have a host that needs a resolver for *.localhost.
    const client = new SQSClient({
      ...clientOptions,
      endpoint: server.address,
      useQueueUrlAsEndpoint: false,
    });
    return {
      client,
      async stop() {
        client.destroy();
        await server.stop();
      },
    };
  },
  {
    namesErrors: { skipped: 'fauxqs puts AWS.SimpleQueueService. before every name in x-amzn-query-error' },
    takesEveryCharacter: { skipped: 'fauxqs refuses #x10000 to #x10FFFF' },
    refusesForeignHandles: { skipped: 'fauxqs deletes nothing and answers success' },
    tellsDeletedFromVisible: { skipped: 'fauxqs answers MessageNotInflight for both' },
    messageGroups: { skipped: 'fauxqs drops MessageGroupId on standard queues' },
    moveTasks: { skipped: 'fauxqs has no move tasks' },
    listsDeadLetterSources: { skipped: 'fauxqs lacks ListDeadLetterSourceQueues' },
    tellsDeadLetterSource: { skipped: 'fauxqs does not keep DeadLetterQueueSourceArn' },
    checksDeadLetterQueue: { skipped: 'fauxqs takes any ARN' },
    refusesUnknownAttributes: { skipped: 'fauxqs checks attribute names only in SetQueueAttributes' },
    checksDelay: { skipped: 'fauxqs takes any DelaySeconds' },
    checksMessageAttributes: { skipped: 'fauxqs takes any message attribute' },
    returnsAttributesOnDemand: { skipped: 'fauxqs returns all when none are named' },
    digestsReturnedAttributes: { skipped: 'fauxqs keeps the digest of all attributes' },
    returnsTraceHeader: { skipped: 'fauxqs drops system attributes' },
    refusesFifo: { skipped: 'fauxqs has FIFO queues' },
  },
);
