import { z } from 'zod';
import { type ReadContext, resolveProperties } from './read-resource.ts';
import { functionArnOf, selectApis } from './select-apis.ts';
import { type Template, TemplateError } from './template.ts';

export interface SocketRouteModel {
  readonly logicalId: string;
  /** `$connect`, `$disconnect`, `$default`, or what the route selection expression finds in a message. */
  readonly routeKey: string;
  /** Undefined for a mock, which takes a message and does nothing. */
  readonly functionArn: string | undefined;
}

export interface WebSocketApiModel {
  readonly logicalId: string;
  readonly apiId: string;
  /** Clients connect to the path `/<stageName>`. */
  readonly stageName: string;
  /** Where in a message's JSON the route key stands, such as `['action']`. */
  readonly routeKeyPath: readonly string[];
  readonly routes: readonly SocketRouteModel[];
}

const bodyExpression = '$request.body.';

const api = z.strictObject({
  Name: z.string().optional(),
  ProtocolType: z.literal('WEBSOCKET'),
  RouteSelectionExpression: z
    .string()
    .startsWith(bodyExpression)
    .transform((expression) => expression.slice(bodyExpression.length).split('.')),
  Description: z.unknown().optional(),
  DisableExecuteApiEndpoint: z.unknown().optional(),
  DisableSchemaValidation: z.unknown().optional(),
  IpAddressType: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

const integration = z.discriminatedUnion('IntegrationType', [
  z.strictObject({
    ApiId: z.string(),
    IntegrationType: z.literal('AWS_PROXY'),
    IntegrationUri: z.string().transform(functionArnOf),
    IntegrationMethod: z.unknown().optional(),
    Description: z.unknown().optional(),
    TimeoutInMillis: z.unknown().optional(),
  }),
  z.strictObject({
    ApiId: z.string(),
    IntegrationType: z.literal('MOCK'),
    IntegrationUri: z.literal('').optional(),
    RequestTemplates: z.unknown().optional(),
    TemplateSelectionExpression: z.unknown().optional(),
    Description: z.unknown().optional(),
  }),
]);

const route = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().startsWith('integrations/'),
  AuthorizationType: z.literal('NONE').optional(),
  OperationName: z.unknown().optional(),
});

const stage = z.strictObject({
  ApiId: z.string(),
  StageName: z.string(),
  // No local meaning: throttles guard an account, logs are the stack's own.
  AutoDeploy: z.unknown().optional(),
  DefaultRouteSettings: z.unknown().optional(),
  RouteSettings: z.unknown().optional(),
  AccessLogSettings: z.unknown().optional(),
  Description: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/** Reads every WebSocket API with its routes, integrations and its one stage. Throws TemplateError. */
export function readWebSocketApis(template: Template, context: ReadContext): WebSocketApiModel[] {
  const { apis, partsOf } = selectApis(template, context, 'WEBSOCKET');
  const integrations = new Map<string, Pick<SocketRouteModel, 'functionArn'>>(
    partsOf('AWS::ApiGatewayV2::Integration').map(([logicalId, resource]) => {
      const given = resolveProperties(integration, logicalId, resource, context);
      const functionArn = given.IntegrationType === 'MOCK' ? undefined : given.IntegrationUri;
      return [`integrations/${context.identify(logicalId).ref}`, { functionArn }];
    }),
  );
  const routes = partsOf('AWS::ApiGatewayV2::Route').map(([logicalId, resource]) => {
    const given = resolveProperties(route, logicalId, resource, context);
    const target = integrations.get(given.Target);
    if (target === undefined) {
      throw new TemplateError(logicalId, resource.Type, `${given.Target} names no integration`);
    }
    return { apiId: given.ApiId, model: { logicalId, routeKey: given.RouteKey, ...target } };
  });
  const stages = partsOf('AWS::ApiGatewayV2::Stage').map(([logicalId, resource]) =>
    resolveProperties(stage, logicalId, resource, context),
  );
  return apis.map(([logicalId, resource]) => {
    const given = resolveProperties(api, logicalId, resource, context);
    const apiId = context.identify(logicalId).ref;
    const [first, ...others] = stages.filter((each) => each.ApiId === apiId);
    if (first === undefined || others.length > 0) {
      const problem = `has ${others.length + (first === undefined ? 0 : 1)} stages; the local stack serves one`;
      throw new TemplateError(logicalId, resource.Type, problem);
    }
    return {
      logicalId,
      apiId,
      stageName: first.StageName,
      routeKeyPath: given.RouteSelectionExpression,
      routes: routes.filter((each) => each.apiId === apiId).map((each) => each.model),
    };
  });
}
