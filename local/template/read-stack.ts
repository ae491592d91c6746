import { type AsyncInvocationModel, readAsyncInvocation } from './read-async-invocation.ts';
import { identifyResource, nameProperty, type StackPlace } from './name-resource.ts';
import type { Assets } from './read-assets.ts';
import { type EventSourceModel, readEventSource } from './read-event-source.ts';
import { type FunctionModel, readFunction } from './read-function.ts';
import { type HttpApiModel, readHttpApis } from './read-http-api.ts';
import { type QueueModel, readQueue } from './read-queue.ts';
import type { ReadContext, ReadResource } from './read-resource.ts';
import { readRule, type RuleModel } from './read-rule.ts';
import { readTable, type TableModel } from './read-table.ts';
import { readTaskDefinition, type TaskDefinitionModel } from './read-task-definition.ts';
import { readWebSocketApis, type WebSocketApiModel } from './read-web-socket-api.ts';
import { createResolveIntrinsics } from './resolve-intrinsics.ts';
import { type Template, TemplateError } from './template.ts';

interface NamedModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

/** Everything in a template that has a meaning on one box. */
export interface StackModel {
  readonly queues: readonly QueueModel[];
  readonly tables: readonly TableModel[];
  readonly functions: readonly FunctionModel[];
  readonly eventSources: readonly EventSourceModel[];
  readonly asyncInvocations: readonly AsyncInvocationModel[];
  readonly buses: readonly NamedModel[];
  readonly rules: readonly RuleModel[];
  readonly httpApis: readonly HttpApiModel[];
  readonly webSocketApis: readonly WebSocketApiModel[];
  readonly clusters: readonly NamedModel[];
  readonly taskDefinitions: readonly TaskDefinitionModel[];
  readonly keys: readonly { readonly logicalId: string; readonly keyId: string; readonly arn: string }[];
  readonly outputs: Readonly<Record<string, string>>;
  /** One line for each resource that neither runs here nor is known to be needless here. */
  readonly warnings: readonly string[];
}

const emulatedTypes: ReadonlySet<string> = new Set([
  'AWS::SQS::Queue',
  'AWS::DynamoDB::Table',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ECS::Cluster',
  'AWS::ECS::TaskDefinition',
  'AWS::KMS::Key',
]);

/** Permissions, networks, logs and alarms: one box has its own. */
const needlessTypes: ReadonlySet<string> = new Set([
  'AWS::ApiGateway::Account',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::ECS::ClusterCapacityProviderAssociations',
  'AWS::Events::EventBusPolicy',
  'AWS::KMS::Alias',
  'AWS::Lambda::Permission',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

const needlessFamilies = ['AWS::EC2::', 'AWS::IAM::', 'AWS::Logs::', 'AWS::Budgets::', 'AWS::WAFv2::'];

function isNeedless(type: string): boolean {
  return needlessTypes.has(type) || needlessFamilies.some((family) => type.startsWith(family));
}

/** The template with names as texts: what refers to a resource needs its name before anything else. */
function settleNames(
  template: Template,
  place: StackPlace,
  parameters: Readonly<Record<string, string>>,
): Template {
  const resolve = createResolveIntrinsics(template, place, parameters);
  const settled = Object.entries(template.Resources).map(([logicalId, resource]) => {
    const property = nameProperty(resource.Type);
    const given = property === undefined ? undefined : resource.Properties[property];
    if (property === undefined || typeof given !== 'object') return [logicalId, resource] as const;
    const Properties = { ...resource.Properties, [property]: resolve(logicalId, given) };
    return [logicalId, { ...resource, Properties }] as const;
  });
  return { ...template, Resources: Object.fromEntries(settled) };
}

/**
 * Reads a template into what the local stack runs. Throws TemplateError, naming the logical id, for an intrinsic
 * that cannot be resolved or a property that is not emulated.
 */
export function readStack(options: {
  readonly template: Template;
  readonly assets: Assets;
  readonly assemblyDir: string;
  readonly place: StackPlace;
  /** Values for the template's Parameters; others take their default. */
  readonly parameters: Readonly<Record<string, string>>;
}): StackModel {
  const { place, parameters } = options;
  const template = settleNames(options.template, place, parameters);
  const resources = Object.entries(template.Resources);
  const resolve = createResolveIntrinsics(template, place, parameters);
  const context: ReadContext = {
    place,
    resolve,
    assemblyDir: options.assemblyDir,
    ...options.assets,
    identify: (logicalId) => {
      const resource = template.Resources[logicalId];
      if (resource === undefined) throw new TemplateError(logicalId, 'resource', 'is not in the template');
      return identifyResource(logicalId, resource, place);
    },
  };

  const readAll = <Model>(types: readonly string[], read: ReadResource<Model>): Model[] =>
    resources
      .filter(([, resource]) => types.includes(resource.Type))
      .map(([logicalId, resource]) => read(logicalId, resource, context));

  const readNamed: ReadResource<NamedModel> = (logicalId) => {
    const identity = context.identify(logicalId);
    return { logicalId, name: identity.ref, arn: identity.attributes['Arn'] ?? '' };
  };

  return {
    queues: readAll(['AWS::SQS::Queue'], readQueue),
    tables: readAll(['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'], readTable),
    functions: readAll(['AWS::Lambda::Function'], readFunction),
    eventSources: readAll(['AWS::Lambda::EventSourceMapping'], readEventSource),
    asyncInvocations: readAll(['AWS::Lambda::EventInvokeConfig'], readAsyncInvocation),
    buses: readAll(['AWS::Events::EventBus'], readNamed),
    rules: readAll(['AWS::Events::Rule'], readRule),
    httpApis: readHttpApis(template, context),
    webSocketApis: readWebSocketApis(template, context),
    clusters: readAll(['AWS::ECS::Cluster'], readNamed),
    taskDefinitions: readAll(['AWS::ECS::TaskDefinition'], readTaskDefinition),
    keys: readAll(['AWS::KMS::Key'], readNamed).map(({ logicalId, name, arn }) => ({
      logicalId,
      keyId: name,
      arn,
    })),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([name, output]) => [name, String(resolve(name, output.Value))]),
    ),
    warnings: resources
      .filter(([, resource]) => !emulatedTypes.has(resource.Type) && !isNeedless(resource.Type))
      .map(
        ([logicalId, resource]) =>
          `${resource.Type} ${logicalId} does nothing on one box: it is not emulated`,
      ),
  };
}
