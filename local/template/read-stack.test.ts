import { describe, expect, test } from 'vitest';
import { readStack, type StackModel } from './read-stack.ts';
import { parseTemplate } from './template.ts';
import { assets, fixture, place, resources } from './template-fixture.ts';

function read(Resources: object, parameters: Record<string, string> = {}): StackModel {
  const template = parseTemplate({ ...fixture, Resources });
  return readStack({ template, assets, assemblyDir: '/assembly', place, parameters });
}

const queueUrl = 'http://127.0.0.1:4566/000000000000/fixture-work';
const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

describe('what the template says is what runs', () => {
  const model = read(resources, { EgressAllowedRanges: '127.0.0.0/8' });

  test('a queue has its URL at the AWS endpoint, its attributes and its dead-letter queue', () => {
    expect(model.queues[1]).toEqual({
      logicalId: 'Work',
      name: 'fixture-work',
      url: queueUrl,
      arn: arn('sqs', 'fixture-work'),
      attributes: {
        VisibilityTimeout: '180',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('sqs', 'Dlq'), maxReceiveCount: 5 }),
      },
    });
  });

  test('a table has its keys, its indexes and its time to live', () => {
    expect(model.tables[0]).toMatchObject({
      name: 'Config',
      expiresAttribute: 'expires_at',
      create: { TableName: 'Config', GlobalSecondaryIndexes: [{ IndexName: 'by-time' }] },
    });
  });

  test('a function has its bundle and an environment without intrinsics', () => {
    expect(model.functions[0]).toMatchObject({
      directory: '/assembly/asset.f00d',
      handler: 'index.handler',
      timeoutSeconds: 29,
      environment: {
        TABLE: 'Config',
        QUEUE_URL: queueUrl,
        BUS: 'fixture-bus',
        RANGES: '127.0.0.0/8',
        SUBNETS: expect.stringMatching(/^subnet-[0-9a-f]{17},subnet-[0-9a-f]{17}$/),
        SECOND: 'b',
        LITERAL: expect.stringMatching(/^\$\{Kept\} arn:aws:kms:/),
      },
    });
  });

  test('a parameter without a value takes its default', () => {
    expect(read(resources).functions[0]?.environment['RANGES']).toBe('');
  });

  test('an event source mapping, and how an asynchronous invocation fails', () => {
    expect(model.eventSources).toEqual([
      {
        logicalId: 'Mapping',
        queueArn: arn('sqs', 'fixture-work'),
        functionName: 'Publish',
        batchSize: 10,
        concurrencyMax: 5,
        batchingWindowSeconds: 0,
        reportsBatchItemFailures: true,
      },
    ]);
    expect(model.asyncInvocations).toMatchObject([
      { functionName: 'Publish', retriesMax: 1, onFailureArn: arn('sqs', 'Dlq') },
    ]);
  });

  test('a rule has its bus, its pattern and its targets', () => {
    const [rule] = model.rules;
    expect(rule).toMatchObject({
      busName: 'fixture-bus',
      targets: [
        {
          arn: arn('sqs', 'fixture-work'),
          input: { kind: 'path', path: '$.detail' },
          deadLetterArn: arn('sqs', 'Dlq'),
        },
      ],
    });
    expect(rule?.matches({ source: 'fixture', 'detail-type': 'x' })).toBe(true);
    expect(rule?.matches({ source: 'fixture', 'detail-type': 'hook_executed' })).toBe(false);
  });

  test('a route has its function and its authorizer', () => {
    const functionArn = arn('lambda', 'function:Publish');
    expect(model.httpApis[0]?.routes).toEqual([
      {
        logicalId: 'Route',
        routeKey: 'POST /api/v1/events',
        functionArn,
        authorizer: {
          logicalId: 'Authorizer',
          functionArn,
          identitySources: ['$request.header.X-Api-Key'],
          resultTtlSeconds: 300,
        },
      },
    ]);
  });

  test('a task definition has the folder of its image and its container', () => {
    expect(model.taskDefinitions[0]).toMatchObject({
      family: 'worker',
      container: {
        name: 'runner',
        directory: '/bundles/worker',
        entryPoint: ['node'],
        command: ['index.mjs'],
        environment: { QUEUE_URL: queueUrl },
        stopTimeoutSeconds: 120,
      },
    });
  });

  test('outputs are resolved, and nothing needs a warning', () => {
    expect(model.outputs).toEqual({ MakeKey: 'Publish' });
    expect(model.warnings).toEqual([]);
  });
});

const queueWith = (properties: object): object => ({
  Work: { Type: 'AWS::SQS::Queue', Properties: properties },
  Publish: resources.Publish,
});

describe('what cannot run here is said by name', () => {
  test.each([
    [
      'a property that is not emulated',
      queueWith({ FifoQueue: true }),
      /AWS::SQS::Queue Work: FifoQueue is not emulated/,
    ],
    ['a reference to nothing', queueWith({ QueueName: { Ref: 'Nobody' } }), /Work: Ref Nobody names nothing/],
    [
      'an unknown intrinsic',
      queueWith({ QueueName: { 'Fn::ImportValue': 'x' } }),
      /Work: .*Fn::ImportValue is not emulated/,
    ],
    [
      'an unknown attribute',
      queueWith({ QueueName: { 'Fn::GetAtt': ['Work', 'Colour'] } }),
      /Work: .*Work\.Colour/,
    ],
    ['a wrong value', queueWith({ DelaySeconds: 'soon' }), /Work: DelaySeconds/],
    [
      'a pattern that is none',
      { R: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { a: [{ contains: 1 }] } } } },
      /AWS::Events::Rule R: .*unknown operator "contains"/,
    ],
    [
      'a schedule',
      {
        R: {
          Type: 'AWS::Events::Rule',
          Properties: { EventPattern: { a: [1] }, ScheduleExpression: 'rate(1 day)' },
        },
      },
      /ScheduleExpression is not emulated/,
    ],
    [
      'an image from elsewhere',
      {
        T: {
          Type: 'AWS::ECS::TaskDefinition',
          Properties: { ContainerDefinitions: [{ Name: 'x', Image: 'nginx:latest' }] },
        },
      },
      /T: image nginx:latest is not built by this app/,
    ],
  ])('%s', (_, Resources, message) => {
    const template = parseTemplate({ Resources });
    expect(() => readStack({ template, assets, assemblyDir: '/assembly', place, parameters: {} })).toThrow(
      message,
    );
  });

  test('a resource type without a meaning here is one warning', () => {
    expect(read({ ...resources, Machine: { Type: 'AWS::StepFunctions::StateMachine' } }).warnings).toEqual([
      'AWS::StepFunctions::StateMachine Machine does nothing on one box: it is not emulated',
    ]);
  });
});
