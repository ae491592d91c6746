import { createHash } from 'node:crypto';
import type { TemplateResource } from './template.ts';

/** Where the stack pretends to run; the pseudo parameters and every ARN come from here. */
export interface StackPlace {
  readonly accountId: string;
  readonly region: string;
  readonly stackName: string;
  /** Queue URLs are `<awsEndpoint>/<accountId>/<name>`. */
  readonly awsEndpoint: string;
  readonly apiUrl: string;
}

/** What `Ref` and `Fn::GetAtt` answer for a resource. */
export interface ResourceIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A key id in the shape of AWS's, the same at every start. */
export function keyIdOf(logicalId: string): string {
  const hash = shortHash(`kms/${logicalId}`);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

const nameProperties: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::ECS::Cluster': 'ClusterName',
  'AWS::ECS::TaskDefinition': 'Family',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::ApiGatewayV2::Stage': 'StageName',
};

/** The property that gives a resource its name, for types that have one. */
export function nameProperty(type: string): string | undefined {
  return nameProperties[type];
}

/** The physical name: the one the template gives, else the logical id, so that data is found again at every start. */
export function nameResource(logicalId: string, resource: TemplateResource): string {
  const property = nameProperty(resource.Type);
  const given = property === undefined ? undefined : resource.Properties[property];
  return typeof given === 'string' ? given : logicalId;
}

/** Where clients reach an API of either protocol: both listen on one port. */
export const apiAddress = (resource: TemplateResource, place: StackPlace): string =>
  resource.Properties['ProtocolType'] === 'WEBSOCKET' ? place.apiUrl.replace(/^http/, 'ws') : place.apiUrl;

/** The identity of a resource; types without local meaning get one that is only a name. */
export function identifyResource(
  logicalId: string,
  resource: TemplateResource,
  place: StackPlace,
): ResourceIdentity {
  const name = nameResource(logicalId, resource);
  const arn = (service: string, rest: string): string =>
    `arn:aws:${service}:${place.region}:${place.accountId}:${rest}`;
  switch (resource.Type) {
    case 'AWS::SQS::Queue': {
      const url = `${place.awsEndpoint}/${place.accountId}/${name}`;
      return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
    }
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`), TableId: name } };
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::Events::EventBus':
      return { ref: name, attributes: { Arn: arn('events', `event-bus/${name}`), Name: name } };
    case 'AWS::Events::Rule':
      return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } };
    case 'AWS::ECS::Cluster':
      return { ref: name, attributes: { Arn: arn('ecs', `cluster/${name}`) } };
    case 'AWS::ECS::TaskDefinition': {
      const taskDefinitionArn = arn('ecs', `task-definition/${name}:1`);
      return { ref: taskDefinitionArn, attributes: { TaskDefinitionArn: taskDefinitionArn } };
    }
    case 'AWS::KMS::Key': {
      const keyId = keyIdOf(logicalId);
      return { ref: keyId, attributes: { Arn: arn('kms', `key/${keyId}`), KeyId: keyId } };
    }
    case 'AWS::ApiGatewayV2::Api':
      return { ref: name, attributes: { ApiId: name, ApiEndpoint: apiAddress(resource, place) } };
    case 'AWS::EC2::Subnet': {
      const id = `subnet-${shortHash(logicalId).slice(0, 17)}`;
      return { ref: id, attributes: { SubnetId: id, AvailabilityZone: `${place.region}a` } };
    }
    case 'AWS::EC2::SecurityGroup': {
      const id = `sg-${shortHash(logicalId).slice(0, 17)}`;
      return { ref: id, attributes: { GroupId: id, Id: id } };
    }
    case 'AWS::EC2::VPC': {
      const id = `vpc-${shortHash(logicalId).slice(0, 17)}`;
      return { ref: id, attributes: { VpcId: id } };
    }
    case 'AWS::IAM::Role':
      return { ref: name, attributes: { Arn: `arn:aws:iam::${place.accountId}:role/${name}` } };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    default:
      return { ref: name, attributes: { Arn: arn('local', name) } };
  }
}
