import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { AddPermissionCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stackName } from '../../cdk/build-app.ts';
import { catalog } from '../../shared/catalog.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sublarr-events-template-'));
  await writeFile(
    join(folder, 'index.mjs'),
    `export const handler = async ({ Records }) => {
       for (const { body } of Records) {
         await fetch(process.env.TELL_URL, { method: 'POST', body });
       }
     };`,
  );
  running = await startTestStack((stack, receiver) => {
    const queue = new sqs.Queue(stack, 'Added', { queueName: 'added' });
    new events.Rule(stack, 'ToAdded', {
      eventBus: events.EventBus.fromEventBusName(stack, 'AddedBus', stackName),
      eventPattern: { detailType: ['webhook_received'], detail: { data: { source: [{ prefix: 'son' }] } } },
      targets: [
        new SqsQueue(queue, { message: events.RuleTargetInput.fromEventPath('$.detail.data.title') }),
      ],
    });
    new lambda.Function(stack, 'AddedFunction', {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(folder),
      environment: { TELL_URL: receiver.url('/added') },
    }).addEventSource(new SqsEventSource(queue));
  });
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a queue, a rule and a function that are added to the CDK stack run locally with no other change', async () => {
  const publish = (source: string, title: string) =>
    running.api.post('/api/v1/events', {
      event_name: 'webhook_received',
      data: { ...catalog.webhook_received.sample, source, title },
    });
  await publish('radarr', 'not for the rule');
  await publish('sonarr', 'Mushishi');
  const [request] = await running.receiver.waitFor('/added', 1);
  expect(request?.body).toBe('"Mushishi"');
});

test('the function that makes keys has the name that the README tells', () => {
  expect(running.stack.resources.functionNames['create-api-key']).toBe('keyscreateapikey767C0498');
});

test('an unmodified SDK works at the printed endpoint', async () => {
  const { QueueUrl } = await running.sqs.send(new GetQueueUrlCommand({ QueueName: 'test-executions' }));
  expect(QueueUrl).toBe(`${running.stack.awsEndpoint}/000000000000/test-executions`);
  const dynamo = new DynamoDBClient({
    endpoint: running.stack.awsEndpoint,
    region: 'us-east-1',
    credentials: running.stack.awsCredentials,
  });
  const { TableNames } = await dynamo.send(new ListTablesCommand({}));
  expect(TableNames?.toSorted()).toEqual(
    [...new Set(Object.values(running.stack.resources.tableNames))].toSorted(),
  );
});

test('an operation that is not emulated says so by its name', async () => {
  await expect(
    running.sqs.send(
      new AddPermissionCommand({ QueueUrl: 'http://x/y', Label: 'l', AWSAccountIds: ['1'], Actions: ['*'] }),
    ),
  ).rejects.toThrow(/AddPermission.*not emulated/);
});

test('who does not hold the credentials of the stack reads no table and no queue', async () => {
  const dynamo = new DynamoDBClient({
    endpoint: running.stack.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'guess', secretAccessKey: 'guess' },
  });
  await expect(dynamo.send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
});
