import type { Assets } from './read-assets.ts';
import type { StackPlace } from './name-resource.ts';

export const place: StackPlace = {
  accountId: '000000000000',
  region: 'us-east-1',
  stackName: 'fixture',
  awsEndpoint: 'http://127.0.0.1:4566',
  apiUrl: 'http://127.0.0.1:8484',
};

export const assets: Assets = {
  fileDirectories: new Map([['f00d', '/assembly/asset.f00d']]),
  imageDirectories: new Map([['cafe', '/bundles/worker']]),
};

const functionArn = { 'Fn::GetAtt': ['Publish', 'Arn'] };

/** A template with one of everything, in the forms that CDK writes. */
export const resources = {
  Config: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: ['pk', 'sk', 'log', 'logged_at'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-time',
          KeySchema: [
            { AttributeName: 'log', KeyType: 'HASH' },
            { AttributeName: 'logged_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      Replicas: [{ Region: { Ref: 'AWS::Region' } }],
    },
  },
  Dlq: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Work: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: { 'Fn::Join': ['-', [{ Ref: 'AWS::StackName' }, 'work']] },
      VisibilityTimeout: 180,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dlq', 'Arn'] }, maxReceiveCount: 5 },
    },
  },
  Seal: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'fixture-bus' } },
  Publish: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'f00d.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 29,
      Environment: {
        Variables: {
          TABLE: { Ref: 'Config' },
          QUEUE_URL: { Ref: 'Work' },
          BUS: { Ref: 'Bus' },
          RANGES: { Ref: 'EgressAllowedRanges' },
          SUBNETS: { 'Fn::Join': [',', [{ Ref: 'SubnetA' }, { 'Fn::GetAtt': ['SubnetB', 'SubnetId'] }]] },
          SECOND: { 'Fn::Select': [1, { 'Fn::Split': ['-', 'a-b-c'] }] },
          LITERAL: { 'Fn::Sub': ['${!Kept} ${Key}', { Key: { 'Fn::GetAtt': ['Seal', 'Arn'] } }] },
        },
      },
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Work', 'Arn'] },
      FunctionName: { Ref: 'Publish' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    },
  },
  Invoke: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Publish' },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dlq', 'Arn'] } } },
    },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['fixture'], 'detail-type': [{ 'anything-but': ['hook_executed'] }] },
      State: 'ENABLED',
      Targets: [
        {
          Id: 'Target0',
          Arn: { 'Fn::GetAtt': ['Work', 'Arn'] },
          InputPath: '$.detail',
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Dlq', 'Arn'] } },
        },
      ],
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'fixture', ProtocolType: 'HTTP' } },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: functionArn,
      PayloadFormatVersion: '2.0',
    },
  },
  Authorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: {
      ApiId: { Ref: 'Api' },
      Name: 'keys',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: {
        'Fn::Join': [
          '',
          [
            'arn:',
            { Ref: 'AWS::Partition' },
            ':apigateway:us-east-1:lambda:path/2015-03-31/functions/',
            functionArn,
            '/invocations',
          ],
        ],
      },
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.X-Api-Key'],
      AuthorizerResultTtlInSeconds: 300,
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: 'POST /api/v1/events',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: 'Authorizer' },
    },
  },
  Cluster: { Type: 'AWS::ECS::Cluster', Properties: {} },
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Family: 'worker',
      ContainerDefinitions: [
        {
          Name: 'runner',
          Image: { 'Fn::Sub': '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/assets:cafe' },
          EntryPoint: ['node'],
          Command: ['index.mjs'],
          Environment: [{ Name: 'QUEUE_URL', Value: { Ref: 'Work' } }],
          StopTimeout: 120,
        },
      ],
    },
  },
  SubnetA: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: { 'Fn::GetAZs': '' } } },
  SubnetB: { Type: 'AWS::EC2::Subnet', Properties: {} },
  Role: { Type: 'AWS::IAM::Role', Properties: {} },
} as const;

export const fixture = {
  Parameters: {
    EgressAllowedRanges: { Type: 'String', Default: '' },
    BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
  },
  Resources: resources,
  Outputs: { MakeKey: { Value: { Ref: 'Publish' } } },
};
