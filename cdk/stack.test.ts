import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { eventSource, metaEvents } from '../shared/catalog.ts';
import { compileEventPattern } from '../shared/event-pattern.ts';
import { hookTimeoutSecondsMax } from '../shared/limits.ts';
import { inboundPaths } from '../shared/source.ts';
import {
  buildFixtureApp,
  containerName,
  lambdaNames,
  openFixtureFolder,
  writeFixtureBundles,
} from './fixture-app.ts';
import { functionsAllowed, listStatements, roleOf } from './iam-statements.ts';
import { NodeFunction } from './node-function.ts';
import { consume, visibilityFor } from './queue-consumer.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import { nameOf, SynthesizedStack, targetOf } from './synthesized-stack.ts';
import type { Resource } from './synthesized-stack.ts';

const folder = openFixtureFolder();
const stack = new SynthesizedStack(buildFixtureApp(folder).app);
const queues = stack.all('AWS::SQS::Queue');
const mappings = stack.all('AWS::Lambda::EventSourceMapping');
const busRules = stack.all('AWS::Events::Rule').filter((rule) => 'EventBusName' in rule.Properties);

const shapeOf = (value: unknown) => expect.objectContaining(Object(value));
const named = (resources: readonly Resource[]) =>
  resources.map((resource) => [nameOf(resource), resource] as const);
const byId = (resources: readonly Resource[], id: string) =>
  resources.find((resource) => resource.id === id) ?? expect.fail(`no resource ${id}`);

const redriveTargets = queues.flatMap(({ Properties }) => {
  const redrive = Properties['RedrivePolicy'];
  return redrive instanceof Object && 'deadLetterTargetArn' in redrive
    ? [targetOf(redrive.deadLetterTargetArn)]
    : [];
});

const targetSchema = z.object({ Arn: z.unknown(), DeadLetterConfig: z.object({ Arn: z.unknown() }) });
const policyOf = (queueId: string, statement: Readonly<Record<string, unknown>>) => ({
  Queues: [{ Ref: queueId }],
  PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(statement)]) },
});

describe('queues', () => {
  const alarms = stack.all('AWS::CloudWatch::Alarm');
  const alarmed = alarms.map(({ Properties }) => {
    const [dimension] = z.tuple([z.object({ Value: z.unknown() })]).parse(Properties['Dimensions']);
    return targetOf(dimension.Value);
  });
  const deadLetterQueues = named(queues.filter(({ id }) => alarmed.includes(id)));
  const workingQueues = named(queues.filter(({ id }) => !alarmed.includes(id)));

  test('the seven working queues are there, under their names', () => {
    expect(workingQueues.map(([name]) => name).sort()).toEqual([
      'hook-events',
      'hook-runs',
      'live-events',
      'replay-jobs',
      'slow-deliveries',
      'webhook-deliveries',
      'webhook-events',
    ]);
    expect(stack.named('AWS::SQS::Queue', 'hook-runs').Properties['QueueName']).toBe(
      'sublarr-events-hook-runs',
    );
  });

  test.each(workingQueues)('%s hands a message to its DLQ after five receives', (_name, queue) => {
    expect(queue.Properties).toEqual(
      shapeOf({
        MessageRetentionPeriod: 4 * 24 * 3600,
        RedrivePolicy: { deadLetterTargetArn: expect.anything(), maxReceiveCount: 5 },
      }),
    );
  });

  test.each(deadLetterQueues)('%s keeps messages for 14 days', (_name, queue) => {
    expect(queue.Properties['MessageRetentionPeriod']).toBe(14 * 24 * 3600);
  });

  test('no queue redrives to a queue that is not watched', () => {
    expect(redriveTargets).toHaveLength(7);
    expect(alarmed).toEqual(expect.arrayContaining(redriveTargets));
  });

  test.each(named(queues))('%s is encrypted at rest and refuses callers without TLS', (_name, queue) => {
    expect(queue.Properties['SqsManagedSseEnabled']).toBe(true);
    const refused = {
      Effect: 'Deny',
      Action: 'sqs:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    expect(stack.count('AWS::SQS::QueuePolicy', policyOf(queue.id, refused))).toBe(1);
  });

  test.each(named(alarms))(
    'the first message in a DLQ raises an alarm that says what users miss (%s)',
    (_name, { Properties }) => {
      expect(Properties).toEqual(
        shapeOf({
          AlarmDescription: expect.stringMatching(/^.{60,}\.$/s),
          MetricName: 'ApproximateNumberOfMessagesVisible',
          Threshold: 1,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          TreatMissingData: 'notBreaching',
        }),
      );
    },
  );

  test('a run stays invisible for longer than the longest script takes', () => {
    const runs = stack.named('AWS::SQS::Queue', 'hook-runs');
    expect(runs.Properties['VisibilityTimeout']).toBe(960);
    expect(hookTimeoutSecondsMax).toBeLessThan(960);
  });
});

describe('the bus', () => {
  test('carries four rules', () => {
    expect(busRules.map(nameOf).sort()).toEqual(['to-hooks', 'to-live', 'to-scoring', 'to-webhooks']);
  });

  test.each([
    ['to-webhooks', {}],
    // Only while the tenant has hooks, or where nobody asked.
    ['to-hooks', { detail: { audience: { hooks: [true, { exists: false }] } } }],
  ])(
    '%s takes every event of ours but the meta events, so that no delivery triggers itself',
    (name, audience) => {
      expect(stack.named('AWS::Events::Rule', name).Properties['EventPattern']).toEqual({
        source: [eventSource],
        'detail-type': [{ 'anything-but': [...metaEvents] }],
        ...audience,
      });
      expect(metaEvents).toContain('hook_executed');
    },
  );

  test('to-live alone carries hook_executed, beside every other event of ours', () => {
    // While the tenant is watched, or where nobody asked: hook_executed is published only then anyway.
    expect(stack.named('AWS::Events::Rule', 'to-live').Properties['EventPattern']).toEqual({
      source: [eventSource],
      detail: { audience: { live: [true, { exists: false }] } },
    });
    const event = { source: eventSource, 'detail-type': 'hook_executed', detail: {} };
    const carrying = busRules.filter(({ Properties }) =>
      compileEventPattern(Properties['EventPattern'])(event),
    );
    expect(carrying.map(nameOf)).toEqual(['to-live']);
  });

  test.each([
    ['to-webhooks', 'webhook-events'],
    ['to-hooks', 'hook-events'],
    ['to-live', 'live-events'],
  ])('%s hands the detail alone to %s', (rule, queue) => {
    expect(stack.named('AWS::Events::Rule', rule).Properties['Targets']).toEqual([
      shapeOf({
        Arn: { 'Fn::GetAtt': [stack.named('AWS::SQS::Queue', queue).id, 'Arn'] },
        InputPath: '$.detail',
      }),
    ]);
  });

  const updated = (data: object, name = 'config_updated') => ({
    source: eventSource,
    'detail-type': name,
    detail: { data },
  });
  test.each([
    [updated({ changed_keys: ['scoring_weights_episode'] }), true],
    [updated({ changed_keys: ['language', 'provider_modifier_jimaku'] }), true],
    [updated({ updated_keys: ['scoring_weights_movie'] }), true],
    [updated({ changed_keys: ['language'], updated_keys: ['provider_modifier_x'] }), true],
    [updated({ changed_keys: ['language', 'my_scoring_weights', 'provider_modifiers'] }), false],
    [updated({ changed_keys: [] }), false],
    [updated({ keys: ['scoring_weights_episode'] }), false],
    [updated({}), false],
    [updated({ changed_keys: ['scoring_weights_episode'] }, 'batch_complete'), false],
  ])('to-scoring carries changes of the scoring alone: %j %j', (event, carried) => {
    const { Properties } = stack.named('AWS::Events::Rule', 'to-scoring');
    expect(compileEventPattern(Properties['EventPattern'])(event)).toBe(carried);
  });

  test('to-scoring hands the detail to invalidate-scoring, whose failures end in the DLQ of the rule', () => {
    const deadLetters = { 'Fn::GetAtt': [stack.named('AWS::SQS::Queue', 'uninvalidated-scoring').id, 'Arn'] };
    const fn = stack.lambda('invalidate-scoring');
    expect(stack.named('AWS::Events::Rule', 'to-scoring').Properties['Targets']).toEqual([
      shapeOf({
        Arn: { 'Fn::GetAtt': [fn.id, 'Arn'] },
        InputPath: '$.detail',
        DeadLetterConfig: { Arn: deadLetters },
      }),
    ]);
    expect(
      stack.count('AWS::Lambda::EventInvokeConfig', {
        FunctionName: { Ref: fn.id },
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: deadLetters } },
      }),
    ).toBe(1);
  });

  test.each(named(stack.all('AWS::Events::Rule')))(
    'every target of %s has a DLQ, and each queue lets this rule in',
    (_name, rule) => {
      const targets = z.array(targetSchema).nonempty().parse(rule.Properties['Targets']);
      const receivers = targets.flatMap(({ Arn, DeadLetterConfig }) =>
        [Arn, DeadLetterConfig.Arn].map(targetOf),
      );
      for (const id of receivers.filter((id) => queues.some((queue) => queue.id === id))) {
        const letIn = {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule.id, 'Arn'] } } },
        };
        expect(stack.count('AWS::SQS::QueuePolicy', policyOf(id, letIn))).toBe(1);
      }
    },
  );

  test('close-hook-task hears of every stopped task of our cluster, and only ours', () => {
    const [cluster] = stack.all('AWS::ECS::Cluster');
    const rule = stack.named('AWS::Events::Rule', 'task-stopped');
    expect(rule.Properties).not.toHaveProperty('EventBusName');
    expect(rule.Properties['EventPattern']).toEqual({
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { lastStatus: ['STOPPED'], clusterArn: [{ 'Fn::GetAtt': [cluster?.id, 'Arn'] }] },
    });
    expect(rule.Properties['Targets']).toEqual([
      shapeOf({ Arn: { 'Fn::GetAtt': [stack.lambda('close-hook-task').id, 'Arn'] } }),
    ]);
  });
});

describe('event source mappings', () => {
  test('each function consumes its own queue', () => {
    const pairs = mappings.map(({ Properties }) => {
      const queue = byId(queues, targetOf(Properties['EventSourceArn']));
      const fn = byId(stack.all('AWS::Lambda::Function'), targetOf(Properties['FunctionName']));
      return `${nameOf(queue)} → ${nameOf(fn)}`;
    });
    expect(pairs.sort()).toEqual([
      'hook-events → start-hooks',
      'live-events → push-live',
      'replay-jobs → run-job',
      'slow-deliveries → send-webhook',
      'webhook-deliveries → send-webhook',
      'webhook-events → fan-out-webhooks',
    ]);
  });

  const consumed = (queueName: string) => {
    const { id } = stack.named('AWS::SQS::Queue', queueName);
    const isOfQueue = ({ Properties }: Resource) => targetOf(Properties['EventSourceArn']) === id;
    return mappings.find(isOfQueue) ?? expect.fail(`nobody consumes ${queueName}`);
  };

  test('jobs come one by one: those of a batch would wait for each other', () => {
    expect(consumed('replay-jobs').Properties['BatchSize']).toBe(1);
  });

  test('what goes to slow endpoints is gathered first: it waits anyway', () => {
    expect(consumed('slow-deliveries').Properties['MaximumBatchingWindowInSeconds']).toBe(1);
  });

  test.each(mappings)('failures by item, bounded concurrency, full batches ($id)', (mapping) => {
    const { Properties } = mapping;
    expect(Properties).toEqual(shapeOf({ FunctionResponseTypes: ['ReportBatchItemFailures'] }));
    if (mapping !== consumed('replay-jobs')) expect(Properties['BatchSize']).toBe(10);
    const scaling = z.object({ MaximumConcurrency: z.int().min(2).max(1000) });
    expect(scaling.safeParse(Properties['ScalingConfig']).success).toBe(true);
    if (mapping !== consumed('slow-deliveries')) {
      expect(Properties).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    }
  });

  test.each(mappings)('a message is invisible for six times the timeout ($id)', ({ Properties }) => {
    const queue = byId(queues, targetOf(Properties['EventSourceArn']));
    const fn = byId(stack.all('AWS::Lambda::Function'), targetOf(Properties['FunctionName']));
    expect(queue.Properties['VisibilityTimeout']).toBe(6 * Number(fn.Properties['Timeout']));
  });
});

describe('functions', () => {
  test('there is one per folder, and no other', () => {
    expect(stack.all('AWS::Lambda::Function').map(nameOf).sort()).toEqual(lambdaNames);
  });

  test.each(lambdaNames)('%s runs on Node 24 and arm64, with a log of its own', (name) => {
    const { Properties } = stack.lambda(name);
    expect(Properties).toEqual(
      shapeOf({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' }),
    );
    expect(Properties['LoggingConfig']).toEqual({
      LogFormat: 'JSON',
      LogGroup: { Ref: stack.named('AWS::Logs::LogGroup', `${name}-logs`).id },
    });
    expect(Properties['Environment']).toEqual({
      Variables: shapeOf({ NODE_OPTIONS: '--enable-source-maps' }),
    });
    // Throttled batches would use up the maxReceiveCount of their queue.
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('no two functions share a role, and no role has a policy of AWS', () => {
    const roles = lambdaNames.map((name) => roleOf(stack.lambda(name)));
    expect(new Set(roles).size).toBe(lambdaNames.length);
    const withPolicyOfAws = stack
      .all('AWS::IAM::Role')
      .filter(({ Properties }) => 'ManagedPolicyArns' in Properties);
    // The account's own, by which API Gateway logs.
    expect(withPolicyOfAws.map(nameOf)).toEqual(['gateway-logs-role']);
  });

  test.each(['send-webhook', 'fan-out-webhooks', 'run-job', 'start-hooks'])(
    'what %s sends itself may go through its queue as often as it must',
    (name) => {
      expect(stack.lambda(name).Properties['RecursiveLoop']).toBe('Allow');
    },
  );

  test('what webhooks may reach is the parameter, and nothing private unless it is given', () => {
    expect(stack.parameter('EgressAllowedRanges')).toEqual(shapeOf({ Type: 'String', Default: '' }));
    for (const name of ['send-webhook', 'manage-webhooks']) {
      expect(stack.lambda(name).Properties['Environment']).toEqual({
        Variables: shapeOf({ EGRESS_ALLOWED_RANGES: { Ref: 'EgressAllowedRanges' } }),
      });
    }
  });
});

describe('permissions', () => {
  const statements = listStatements(stack);

  test('no action is a wildcard, and * is a resource only where AWS knows none', () => {
    const granted = statements.map(({ actions, resources }) => JSON.stringify({ actions, resources }));
    expect(granted.filter((grant) => grant.includes('*'))).toEqual([
      JSON.stringify({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
      ...['answer-live', 'push-live', 'push-progress'].map(() =>
        expect.stringMatching(
          /^{"actions":\["execute-api:ManageConnections"\],"resources":\[({[^*]*@connections\/\*"\]\]},?)+\]}$/,
        ),
      ),
    ]);
  });

  test('who posts to viewers reaches connections of our own stage, and who pushes may end them besides', () => {
    const grants = statements.filter(({ actions }) => actions.includes('execute-api:ManageConnections'));
    const arn = ['arn:', { Ref: 'AWS::Partition' }, ':execute-api:', { Ref: 'AWS::Region' }, ':'];
    const connections = (method: string) => ({
      'Fn::Join': [
        '',
        [...arn, { Ref: 'AWS::AccountId' }, ':', { Ref: 'LiveApi' }, `/live/${method}/@connections/*`],
      ],
    });
    const both = [connections('DELETE'), connections('POST')];
    expect(grants.map(({ resources }) => resources)).toEqual([[connections('POST')], both, both]);
  });

  test.each([
    ['kms:Decrypt', ['manage-webhooks', 'receive-inbound', 'send-webhook']],
    ['kms:Encrypt', ['manage-sources', 'manage-webhooks']],
    ['ecs:RunTask', ['close-hook-task', 'manage-hooks', 'manage-replays', 'run-job', 'start-hooks']],
    ['iam:PassRole', ['close-hook-task', 'manage-hooks', 'manage-replays', 'run-job', 'start-hooks']],
    [
      'events:PutEvents',
      [
        'close-hook-task',
        'manage-scoring',
        'manage-webhooks',
        'publish-events',
        'receive-inbound',
        'send-webhook',
      ],
    ],
    ['execute-api:ManageConnections', ['answer-live', 'push-live', 'push-progress']],
    [
      'sqs:ReceiveMessage',
      ['fan-out-webhooks', 'push-live', 'redrive-dead-letters', 'run-job', 'send-webhook', 'start-hooks'],
    ],
    [
      'sqs:SendMessage',
      [
        'close-hook-task',
        'fan-out-webhooks',
        'invalidate-scoring',
        'manage-hooks',
        'manage-replays',
        'manage-webhooks',
        'open-live',
        'push-live',
        'redrive-dead-letters',
        'run-job',
        'send-webhook',
        'start-hooks',
      ],
    ],
    [
      'sqs:DeleteMessage',
      [
        'close-hook-task',
        'fan-out-webhooks',
        'push-live',
        'redrive-dead-letters',
        'run-job',
        'send-webhook',
        'start-hooks',
      ],
    ],
    ['sqs:StartMessageMoveTask', ['redrive-dead-letters']],
    ['dynamodb:Scan', []],
  ])('%s is granted to %j alone', (action, names) => {
    expect(functionsAllowed(stack, lambdaNames, action)).toEqual(names);
  });

  test.each([
    [
      'dynamodb:Query',
      'ConfigTable',
      [
        'authorize',
        'browse-ledger',
        'fan-out-webhooks',
        'manage-hooks',
        'manage-replays',
        'manage-scoring',
        'manage-sources',
        'manage-webhooks',
        'open-live',
        'publish-events',
        'receive-inbound',
        'run-job',
        'send-webhook',
        'start-hooks',
      ],
    ],
    [
      'dynamodb:PutItem',
      'ConfigTable',
      [
        'close-hook-task',
        'create-api-key',
        'invalidate-scoring',
        'manage-hooks',
        'manage-scoring',
        'manage-sources',
        'manage-webhooks',
        'send-webhook',
      ],
    ],
    [
      'dynamodb:Query',
      'LedgerTable',
      [
        'browse-ledger',
        'close-hook-task',
        'manage-hooks',
        'manage-replays',
        'manage-webhooks',
        'push-live',
        'run-job',
        'send-webhook',
        'start-hooks',
        'test-filter',
      ],
    ],
    [
      'dynamodb:BatchWriteItem',
      'LedgerTable',
      [
        'browse-ledger',
        'close-hook-task',
        'fan-out-webhooks',
        'manage-hooks',
        'manage-replays',
        'manage-webhooks',
        'publish-events',
        'receive-inbound',
        'run-job',
        'send-webhook',
        'start-hooks',
      ],
    ],
    [
      'dynamodb:Query',
      'ConnectionsTable',
      ['close-hook-task', 'close-live', 'manage-webhooks', 'push-live', 'push-progress', 'send-webhook'],
    ],
    [
      'dynamodb:BatchWriteItem',
      'ConnectionsTable',
      ['close-live', 'issue-live-ticket', 'open-live', 'push-live', 'push-progress'],
    ],
  ])('%s on %s is granted to %j alone', (action, table, names) => {
    expect(functionsAllowed(stack, lambdaNames, action, table)).toEqual(names);
  });

  test('dead letters are moved back by whoever may take them out and put them where they came from', () => {
    const role = roleOf(stack.lambda('redrive-dead-letters'));
    const granted = statements.filter(
      ({ roleId, actions }) => roleId === role && (actions[0] ?? '').startsWith('sqs:'),
    );
    const resourcesOf = (action: string) =>
      granted
        .filter(({ actions }) => actions.includes(action))
        .flatMap(({ resources }) => resources.map(targetOf));
    const actions = [
      'StartMessageMoveTask',
      'ListMessageMoveTasks',
      'GetQueueAttributes',
      'ReceiveMessage',
      'DeleteMessage',
    ];
    for (const action of actions) {
      expect(resourcesOf(`sqs:${action}`).toSorted()).toEqual(redriveTargets.toSorted());
    }
    const sources = queues.filter(({ Properties }) => 'RedrivePolicy' in Properties).map(({ id }) => id);
    expect(resourcesOf('sqs:SendMessage').toSorted()).toEqual(sources.toSorted());
  });

  test('workers start in our cluster, from our task definition, with its roles', () => {
    const [cluster] = stack.all('AWS::ECS::Cluster');
    const [task] = stack.all('AWS::ECS::TaskDefinition');
    for (const statement of statements.filter(({ actions }) => actions.includes('ecs:RunTask'))) {
      expect(statement.resources).toEqual([{ Ref: task?.id }]);
      expect(statement.condition).toEqual({
        ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [cluster?.id, 'Arn'] } },
      });
    }
    for (const statement of statements.filter(({ actions }) => actions.includes('iam:PassRole'))) {
      expect(statement.resources).toEqual(
        expect.arrayContaining([task?.Properties['TaskRoleArn'], task?.Properties['ExecutionRoleArn']]),
      );
      expect(statement.resources).toHaveLength(2);
    }
  });

  test('the worker can neither start tasks nor open secrets', () => {
    const [task] = stack.all('AWS::ECS::TaskDefinition');
    const workerRole = targetOf(task?.Properties['TaskRoleArn']);
    const allowed = statements
      .filter(({ roleId }) => roleId === workerRole)
      .flatMap(({ actions }) => actions)
      .filter((action) => !/^(dynamodb|sqs):/.test(action));
    expect(allowed).toEqual(['events:PutEvents']);
  });
});

const joinSchema = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const partsOf = (value: unknown) => joinSchema.parse(value)['Fn::Join'][1];
const integrationOf = ({ Properties }: Resource) =>
  byId(stack.all('AWS::ApiGatewayV2::Integration'), targetOf(partsOf(Properties['Target'])[1]));
const apis = stack.all('AWS::ApiGatewayV2::Api');
const apiOf = ({ Properties }: Resource) => byId(apis, targetOf(Properties['ApiId'])).Properties;
const ofProtocol = (resources: readonly Resource[], protocol: 'HTTP' | 'WEBSOCKET') =>
  resources.filter((resource) => apiOf(resource)['ProtocolType'] === protocol);

describe('the HTTP API', () => {
  const routes = ofProtocol(stack.all('AWS::ApiGatewayV2::Route'), 'HTTP');

  test('serves these routes, by these functions, and no other', () => {
    const functions = stack.all('AWS::Lambda::Function');
    const served = routes.map((route) => {
      const fn = byId(functions, targetOf(integrationOf(route).Properties['IntegrationUri']));
      return `${String(route.Properties['RouteKey'])} → ${nameOf(fn)}`;
    });
    expect(served.sort()).toEqual(
      [
        'GET /api/v1/events/catalog → describe-api',
        'GET /api/v1/openapi.json → describe-api',
        'POST /api/v1/events → publish-events',
        'GET /api/v1/webhooks → manage-webhooks',
        'POST /api/v1/webhooks → manage-webhooks',
        'GET /api/v1/webhooks/{id} → manage-webhooks',
        'PUT /api/v1/webhooks/{id} → manage-webhooks',
        'DELETE /api/v1/webhooks/{id} → manage-webhooks',
        'POST /api/v1/webhooks/{id}/test → manage-webhooks',
        'POST /api/v1/webhooks/{id}/rotate-secret → manage-webhooks',
        'POST /api/v1/webhooks/{id}/enable → manage-webhooks',
        'POST /api/v1/webhooks/{id}/replay → manage-replays',
        'POST /api/v1/deliveries/{id}/retry → manage-replays',
        'GET /api/v1/jobs → manage-replays',
        'GET /api/v1/jobs/{id} → manage-replays',
        'POST /api/v1/jobs/{id}/cancel → manage-replays',
        'GET /api/v1/dead-letters → redrive-dead-letters',
        'POST /api/v1/dead-letters/redrive → redrive-dead-letters',
        'GET /api/v1/hooks → manage-hooks',
        'POST /api/v1/hooks → manage-hooks',
        'GET /api/v1/hooks/{id} → manage-hooks',
        'PUT /api/v1/hooks/{id} → manage-hooks',
        'DELETE /api/v1/hooks/{id} → manage-hooks',
        'POST /api/v1/hooks/{id}/test → manage-hooks',
        'POST /api/v1/hooks/{id}/enable → manage-hooks',
        'POST /api/v1/hooks/{id}/replay → manage-replays',
        'GET /api/v1/scripts → manage-hooks',
        'GET /api/v1/scripts/{name} → manage-hooks',
        'GET /api/v1/scripts/{name}/versions → manage-hooks',
        'PUT /api/v1/scripts/{name} → manage-hooks',
        'DELETE /api/v1/scripts/{name} → manage-hooks',
        'GET /api/v1/sources → manage-sources',
        'POST /api/v1/sources → manage-sources',
        'GET /api/v1/sources/{id} → manage-sources',
        'DELETE /api/v1/sources/{id} → manage-sources',
        'POST /api/v1/webhook/sonarr → receive-inbound',
        'PUT /api/v1/webhook/sonarr → receive-inbound',
        'POST /api/v1/webhook/radarr → receive-inbound',
        'PUT /api/v1/webhook/radarr → receive-inbound',
        'POST /api/v1/inbound/sublarr → receive-inbound',
        'GET /api/v1/events → browse-ledger',
        'GET /api/v1/events/{id} → browse-ledger',
        'GET /api/v1/deliveries → browse-ledger',
        'GET /api/v1/deliveries/{id} → browse-ledger',
        'GET /api/v1/undelivered → browse-ledger',
        'GET /api/v1/hooks/logs → browse-ledger',
        'DELETE /api/v1/hooks/logs → browse-ledger',
        'POST /api/v1/filters/test → test-filter',
        'POST /api/v1/live/tickets → issue-live-ticket',
        'POST /api/v1/progress → push-progress',
        'GET /api/v1/scoring/weights → manage-scoring',
        'PUT /api/v1/scoring/weights → manage-scoring',
        'DELETE /api/v1/scoring/weights → manage-scoring',
        'GET /api/v1/scoring/modifiers → manage-scoring',
        'PUT /api/v1/scoring/modifiers → manage-scoring',
        'DELETE /api/v1/scoring/modifiers/{provider} → manage-scoring',
        'GET /api/v1/scoring/presets → manage-scoring',
        'GET /api/v1/scoring/presets/{name} → manage-scoring',
        'POST /api/v1/scoring/presets/import → manage-scoring',
        'POST /api/v1/scoring/score → manage-scoring',
      ].sort(),
    );
  });

  const inboundRates = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 };
  const openRates: Readonly<Record<string, object>> = {
    ...Object.fromEntries(Object.values(inboundPaths).map((path) => [`POST ${path}`, inboundRates])),
    [`PUT ${inboundPaths.sonarr}`]: inboundRates,
    [`PUT ${inboundPaths.radarr}`]: inboundRates,
    'GET /api/v1/openapi.json': { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
  };
  const isOpen = ({ Properties }: Resource) => String(Properties['RouteKey']) in openRates;

  test.each(routes.filter(isOpen))(
    '$Properties.RouteKey asks for no key, and is throttled by itself',
    (route) => {
      const key = String(route.Properties['RouteKey']);
      expect(route.Properties['AuthorizationType']).toBe('NONE');
      const [stage] = ofProtocol(stack.all('AWS::ApiGatewayV2::Stage'), 'HTTP');
      expect(stage?.Properties['RouteSettings']).toEqual(shapeOf({ [key]: openRates[key] }));
    },
  );

  test.each(routes.filter((route) => !isOpen(route)))(
    '$Properties.RouteKey asks for a key first',
    ({ Properties }) => {
      const [authorizer] = stack.all('AWS::ApiGatewayV2::Authorizer');
      expect(Properties).toEqual(
        shapeOf({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: authorizer?.id } }),
      );
    },
  );

  test('a request without X-Api-Key is refused unasked, and an answer is trusted for five minutes', () => {
    const [authorizer] = stack.all('AWS::ApiGatewayV2::Authorizer');
    expect(authorizer?.Properties).toEqual(
      shapeOf({
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        IdentitySource: ['$request.header.X-Api-Key'],
        AuthorizerResultTtlInSeconds: 300,
      }),
    );
  });

  test('is throttled, logs its accesses, and is closed to pages of other origins', () => {
    const [stage] = ofProtocol(stack.all('AWS::ApiGatewayV2::Stage'), 'HTTP');
    expect(stage?.Properties).toEqual(
      shapeOf({
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingBurstLimit: 400, ThrottlingRateLimit: 200 },
        AccessLogSettings: {
          DestinationArn: expect.anything(),
          // The query of an inbound route names its source, and that lets in whoever knows it.
          Format: expect.stringMatching(/\$context\.requestId(?!.*query)/i),
        },
      }),
    );
    for (const api of apis) expect(api.Properties).not.toHaveProperty('CorsConfiguration');
  });
});

describe('the WebSocket API', () => {
  const routes = ofProtocol(stack.all('AWS::ApiGatewayV2::Route'), 'WEBSOCKET');
  const routeOf = (key: string) =>
    routes.find(({ Properties }) => Properties['RouteKey'] === key) ?? expect.fail(`no route ${key}`);

  test('has the routes $connect, $disconnect and $default, and no other', () => {
    expect(routes.map(({ Properties }) => String(Properties['RouteKey'])).sort()).toEqual([
      '$connect',
      '$default',
      '$disconnect',
    ]);
  });

  test.each([
    ['$connect', 'open-live'],
    ['$disconnect', 'close-live'],
    ['$default', 'answer-live'],
  ])('%s asks %s', (key, name) => {
    const { Properties } = integrationOf(routeOf(key));
    expect(Properties['IntegrationType']).toBe('AWS_PROXY');
    expect(partsOf(Properties['IntegrationUri'])).toContainEqual({
      'Fn::GetAtt': [stack.lambda(name).id, 'Arn'],
    });
  });

  test('no route answers a message by itself: what there is to say is posted', () => {
    expect(stack.count('AWS::ApiGatewayV2::RouteResponse')).toBe(0);
  });

  test('is throttled, and logs its accesses without any header or query: they hold the key or ticket', () => {
    const [stage] = ofProtocol(stack.all('AWS::ApiGatewayV2::Stage'), 'WEBSOCKET');
    expect(stage?.Properties).toEqual(
      shapeOf({
        StageName: 'live',
        DefaultRouteSettings: { ThrottlingBurstLimit: 200, ThrottlingRateLimit: 100 },
        AccessLogSettings: {
          DestinationArn: expect.anything(),
          Format: expect.stringMatching(/\$context\.requestId(?!.*(header|protocol|query))/i),
        },
      }),
    );
  });

  test('the role by which API Gateway logs is set for the account, and outlives the stack', () => {
    const [account] = stack.all('AWS::ApiGateway::Account');
    const role = stack.named('AWS::IAM::Role', 'gateway-logs-role');
    expect(account?.Properties).toEqual({ CloudWatchRoleArn: { 'Fn::GetAtt': [role.id, 'Arn'] } });
    expect([account?.DeletionPolicy, role.DeletionPolicy]).toEqual(['Retain', 'Retain']);
  });

  test('push-live posts to the address of this stage', () => {
    const parts = [
      { Ref: 'LiveApi' },
      '.execute-api.',
      { Ref: 'AWS::Region' },
      '.',
      { Ref: 'AWS::URLSuffix' },
    ];
    expect(stack.lambda('push-live').Properties['Environment']).toEqual({
      Variables: shapeOf({ LIVE_ENDPOINT: { 'Fn::Join': ['', ['https://', ...parts, '/live']] } }),
    });
    expect(stack.output('LiveUrl')).toEqual({ 'Fn::Join': ['', ['wss://', ...parts, '/live']] });
  });
});

describe('data at rest', () => {
  test.each(['ConfigTable', 'LedgerTable', 'ConnectionsTable'])(
    '%s is encrypted, on demand, and drops expired rows',
    (id) => {
      const table = byId(stack.all('AWS::DynamoDB::GlobalTable'), id);
      expect(table.Properties).toEqual(
        shapeOf({
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
        }),
      );
    },
  );

  test('what users configured survives the stack and can be set back to any second', () => {
    const table = byId(stack.all('AWS::DynamoDB::GlobalTable'), 'ConfigTable');
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties['Replicas']).toEqual([
      shapeOf({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
    ]);
    expect(table.Properties).not.toHaveProperty('TableName');
  });

  test('the ledger is listed by time, and what has not arrived by itself', () => {
    const table = byId(stack.all('AWS::DynamoDB::GlobalTable'), 'LedgerTable');
    expect(table.DeletionPolicy).toBe('Delete');
    expect(table.Properties['GlobalSecondaryIndexes']).toEqual([
      {
        IndexName: 'by-time',
        KeySchema: [
          { AttributeName: 'log', KeyType: 'HASH' },
          { AttributeName: 'logged_at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: 'undelivered',
        KeySchema: [
          { AttributeName: 'undelivered', KeyType: 'HASH' },
          { AttributeName: 'logged_at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ]);
  });

  test('the key that opens webhook secrets is rotated and kept', () => {
    const key = byId(stack.all('AWS::KMS::Key'), 'SealKey');
    expect(key.Properties['EnableKeyRotation']).toBe(true);
    expect(key.DeletionPolicy).toBe('Retain');
  });

  test.each(stack.all('AWS::Logs::LogGroup'))('a log is kept for 30 days ($id)', ({ Properties }) => {
    expect(Properties['RetentionInDays']).toBe(30);
  });
});

describe('the hook worker', () => {
  const [task] = stack.all('AWS::ECS::TaskDefinition');

  test('is a small arm64 task that can write to /tmp alone', () => {
    const container = {
      Name: containerName,
      EntryPoint: ['node'],
      Command: ['index.mjs'],
      WorkingDirectory: '/app',
      ReadonlyRootFilesystem: true,
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' }],
      StopTimeout: 120,
    };
    expect(task?.Properties).toEqual(
      shapeOf({
        Cpu: '256',
        Memory: '512',
        RequiresCompatibilities: ['FARGATE'],
        RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
        ContainerDefinitions: [shapeOf(container)],
      }),
    );
  });

  test('names the folder that it runs', () => {
    expect(task?.Metadata['aws:asset:path']).toMatch(/\/hook-runner$/);
  });

  test('costs nothing while idle: no NAT, no service, no interface endpoint', () => {
    expect(stack.count('AWS::EC2::NatGateway')).toBe(0);
    expect(stack.count('AWS::ECS::Service')).toBe(0);
    expect(stack.count('AWS::EC2::VPCEndpoint')).toBe(2);
    expect(stack.count('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' })).toBe(2);
  });

  test('lets nothing in', () => {
    expect(stack.count('AWS::EC2::SecurityGroup')).toBe(1);
    expect(stack.count('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() })).toBe(1);
    expect(stack.count('AWS::EC2::SecurityGroupIngress')).toBe(0);
  });
});

describe('building the app', () => {
  test('tells the API, the bus and how to make the first key', () => {
    expect(stack.output('ApiUrl')).toEqual({ 'Fn::GetAtt': [expect.any(String), 'ApiEndpoint'] });
    expect(stack.output('EventBusName')).toEqual({ Ref: stack.named('AWS::Events::EventBus', 'bus').id });
    expect(stack.output('CreateApiKeyFunction')).toEqual({ Ref: stack.lambda('create-api-key').id });
    expect(JSON.stringify(stack.output('CreateFirstKeyCommand'))).toContain(
      JSON.stringify(`{"name":"first","scopes":["publish","manage","read","live"]}`).slice(1, -1),
    );
  });

  test('`extend` can add a queue, a rule, a consumer and a route', () => {
    const fixtures = writeFixtureBundles(folder);
    const bundles = { ...fixtures, added: String(fixtures['describe-api']) };
    const timeout = Duration.seconds(10);
    const { app } = buildFixtureApp(folder, {
      bundles,
      extend: (stack) => {
        const impact = 'Nobody misses anything.';
        const queue = new QueueWithDlq(stack, 'more', { impact, visibilityTimeout: visibilityFor(timeout) });
        const environment = { MORE_QUEUE_URL: queue.queueUrl };
        const added = new NodeFunction(stack, 'added', { bundles, description: '', timeout, environment });
        stack.bus.routeTo(queue, 'to-more', impact);
        stack.api.serve(added, { '/api/v1/more': ['GET'] });
        consume(queue, added, 2);
      },
    });
    const extended = new SynthesizedStack(app);
    const queue = extended.named('AWS::SQS::Queue', 'more');
    const arn = { 'Fn::GetAtt': [queue.id, 'Arn'] };
    expect(extended.named('AWS::Events::Rule', 'to-more').Properties['Targets']).toEqual([
      shapeOf({ Arn: arn }),
    ]);
    expect(extended.count('AWS::Lambda::EventSourceMapping', { EventSourceArn: arn })).toBe(1);
    expect(extended.count('AWS::ApiGatewayV2::Route', { RouteKey: 'GET /api/v1/more' })).toBe(1);
    expect(extended.named('AWS::Lambda::Function', 'added').Properties['Environment']).toEqual({
      Variables: { NODE_OPTIONS: '--enable-source-maps', MORE_QUEUE_URL: { Ref: queue.id } },
    });
  });

  test('a function without a bundle is named', () => {
    const { 'send-webhook': _missing, ...bundles } = writeFixtureBundles(folder);
    expect(() => buildFixtureApp(folder, { bundles })).toThrow(
      'no bundle for function "send-webhook": functions/send-webhook/index.ts must exist',
    );
  });
});
