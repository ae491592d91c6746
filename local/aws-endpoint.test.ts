import { randomUUID } from 'node:crypto';
import {
  CreateBackupCommand,
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ListClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, EncryptCommand, GenerateRandomCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsCredentials, loadAwsCredentials } from './aws-credentials.ts';
import { type AwsEndpoint, openAwsEndpoint } from './aws-endpoint.ts';
import { createAwsRequestHandler, type AwsRequestHandler } from './aws/handle-aws-request.ts';
import { createInProcessClient } from './aws/in-process-client.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { type DynamoEngine, openTables } from './dynamodb/open-tables.ts';
import { createEventBuses } from './eventbridge/event-buses.ts';
import { createEventBridgeService } from './eventbridge/eventbridge-service.ts';
import { createKmsService } from './kms/kms-service.ts';
import { openKmsKeyRing } from './kms/kms-key-ring.ts';
import { place } from './template/template-fixture.ts';

const keyId = '11111111-2222-4333-8444-555555555555';
const key = { keyId, arn: `arn:aws:kms:us-east-1:000000000000:key/${keyId}` };
let folder: DataFolder;
let credentials: AwsCredentials;
let endpoint: AwsEndpoint;
let dynamoEngine: DynamoEngine;
let handle: AwsRequestHandler;

beforeAll(async () => {
  folder = openDataFolder(undefined);
  credentials = loadAwsCredentials(folder);
  endpoint = await openAwsEndpoint({ port: 0 });
  dynamoEngine = openTables({ file: ':memory:', now: Date.now, newId: randomUUID });
  const buses = createEventBuses({ busNames: ['bus'], rules: [], targets: () => async () => [] });
  handle = createAwsRequestHandler({
    credentials,
    log: () => undefined,
    routes: {
      services: [
        createKmsService(openKmsKeyRing(folder, [key])),
        createEventBridgeService({ buses, place, now: () => new Date(), randomId: () => 'id' }),
      ],
      engines: new Map([[dynamoEngine.targetPrefix, dynamoEngine.handle]]),
      open: () => undefined,
      rest: () => undefined,
    },
  });
  endpoint.serve(handle);
});
afterAll(async () => {
  await endpoint.close();
  await dynamoEngine.close();
  folder.close();
});

const config = (): { endpoint: string; region: string; credentials: AwsCredentials } => ({
  endpoint: endpoint.url,
  region: 'us-east-1',
  credentials,
});

const send = (body: string | undefined, headers: Record<string, string>, path = '/'): Promise<Response> =>
  fetch(`${endpoint.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/us-east-1/sns/aws4_request`,
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });

describe('an unmodified SDK client reaches the engines', () => {
  test('KMS opens what it sealed, with the same encryption context only', async () => {
    const kms = new KMSClient(config());
    const EncryptionContext = { webhook: 'wh_1', tenant: 'default' };
    const Plaintext = Buffer.from('secret');
    const sealed = await kms.send(new EncryptCommand({ KeyId: key.arn, Plaintext, EncryptionContext }));
    const CiphertextBlob = sealed.CiphertextBlob;
    const reordered = { tenant: 'default', webhook: 'wh_1' };
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: reordered }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('secret');
    expect(opened.KeyId).toBe(key.arn);
    for (const wrong of [{}, { webhook: 'wh_2', tenant: 'default' }]) {
      await expect(
        kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: wrong })),
      ).rejects.toMatchObject({
        name: 'InvalidCiphertextException',
      });
    }
    const changed = Uint8Array.from(CiphertextBlob ?? []);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await expect(
      kms.send(new DecryptCommand({ CiphertextBlob: changed, EncryptionContext })),
    ).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  });

  test('DynamoDB keeps rows, over the socket and in this process', async () => {
    const TableName = 'rows';
    const overSocket = new DynamoDBClient(config());
    const inProcess = new DynamoDBClient(
      createInProcessClient({ handle, credentials, region: 'us-east-1', endpoint: endpoint.url }),
    );
    await overSocket.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await expect
      .poll(() =>
        inProcess
          .send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, text: { S: 'ü' } } }))
          .then(() => 'put', String),
      )
      .toBe('put');
    const { Item } = await overSocket.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
    expect(Item).toEqual({ pk: { S: 'a' }, text: { S: 'ü' } });
  });

  test('EventBridge answers per entry', async () => {
    const { FailedEntryCount, Entries } = await new EventBridgeClient(config()).send(
      new PutEventsCommand({
        Entries: [{ Source: 's', DetailType: 't', Detail: '{}', EventBusName: 'bus' }, { Source: 's' }],
      }),
    );
    expect(FailedEntryCount).toBe(1);
    expect(Entries?.map((entry) => entry.ErrorCode)).toEqual([undefined, 'InvalidArgument']);
  });
});

describe('what is not emulated is said by name, once', () => {
  test.each([
    [
      'KMS GenerateRandom',
      () => new KMSClient(config()).send(new GenerateRandomCommand({ NumberOfBytes: 8 })),
    ],
    ['EventBridge PutRule', () => new EventBridgeClient(config()).send(new PutRuleCommand({ Name: 'r' }))],
    ['ECS ListClusters', () => new ECSClient(config()).send(new ListClustersCommand({}))],
    [
      'DynamoDB CreateBackup',
      () =>
        new DynamoDBClient(config()).send(new CreateBackupCommand({ TableName: 'rows', BackupName: 'bbb' })),
    ],
    [
      'DynamoDB ExecuteStatement',
      () => new DynamoDBClient(config()).send(new ExecuteStatementCommand({ Statement: 'SELECT' })),
    ],
  ])('%s', async (name, call) => {
    await expect(call()).rejects.toMatchObject({
      name: 'NotEmulated',
      message: `${name} is not emulated by the sublarr-events local stack`,
      $metadata: { attempts: 1 },
    });
  });

  test('the query protocol, in its own XML', async () => {
    const response = await send('Action=ListTopics&Version=2010-03-31', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(
      '<Message>sns ListTopics is not emulated by the sublarr-events local stack</Message>',
    );
  });

  test('a REST path', async () => {
    const response = await send(undefined, {}, '/bucket/key?x=1');
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining('POST /bucket/key is not emulated'),
    });
  });
});

describe('the endpoint keeps strangers and broken requests out', () => {
  test('another access key id is refused', async () => {
    const stranger = new KMSClient({
      ...config(),
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await expect(stranger.send(new GenerateRandomCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('a body that is not JSON is a SerializationException', async () => {
    const response = await send('{', { 'x-amz-target': 'TrentService.Encrypt' });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { __type: 'SerializationException' },
    ]);
  });

  test('a body over 16 MB is refused', async () => {
    const response = await send('x'.repeat(16 * 1024 * 1024 + 1), { 'x-amz-target': 'TrentService.Encrypt' });
    expect(response.status).toBe(413);
  });

  test('an unknown member of Object.prototype is no operation', async () => {
    const response = await send('{}', { 'x-amz-target': 'TrentService.constructor' });
    expect(await response.json()).toMatchObject({ __type: 'NotEmulated' });
  });
});
