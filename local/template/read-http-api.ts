import { z } from 'zod';
import type { ReadContext } from './read-resource.ts';
import { resolveProperties } from './read-resource.ts';
import { functionArnOf, selectApis } from './select-apis.ts';
import { type Template, TemplateError } from './template.ts';

export interface AuthorizerModel {
  readonly logicalId: string;
  readonly functionArn: string;
  /** Such as `$request.header.X-Api-Key`. */
  readonly identitySources: readonly string[];
  readonly resultTtlSeconds: number;
}

export interface RouteModel {
  readonly logicalId: string;
  /** `GET /api/v1/webhooks/{id}`, `ANY /x/{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionArn: string;
  readonly authorizer: AuthorizerModel | undefined;
}

export interface HttpApiModel {
  readonly logicalId: string;
  readonly apiId: string;
  readonly routes: readonly RouteModel[];
}

const api = z.strictObject({
  Name: z.string().optional(),
  ProtocolType: z.literal('HTTP'),
  Description: z.unknown().optional(),
  DisableExecuteApiEndpoint: z.unknown().optional(),
  IpAddressType: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

const integration = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  IntegrationMethod: z.unknown().optional(),
  Description: z.unknown().optional(),
  TimeoutInMillis: z.unknown().optional(),
});

const authorizer = z.strictObject({
  ApiId: z.string(),
  Name: z.string().optional(),
  AuthorizerType: z.literal('REQUEST'),
  AuthorizerUri: z.string(),
  AuthorizerPayloadFormatVersion: z.literal('2.0'),
  EnableSimpleResponses: z.literal(true),
  IdentitySource: z.array(z.string()).default([]),
  AuthorizerResultTtlInSeconds: z.number().min(0).max(3600).default(300),
  AuthorizerCredentialsArn: z.unknown().optional(),
});

const route = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().startsWith('integrations/'),
  AuthorizationType: z.enum(['NONE', 'CUSTOM']).default('NONE'),
  AuthorizerId: z.string().optional(),
  OperationName: z.unknown().optional(),
  AuthorizationScopes: z.unknown().optional(),
});

/** Reads every HTTP API with its routes, integrations and authorizers. Throws TemplateError. */
export function readHttpApis(template: Template, context: ReadContext): HttpApiModel[] {
  const { apis, partsOf } = selectApis(template, context, 'HTTP');
  const integrations = new Map<string, string>();
  for (const [logicalId, resource] of partsOf('AWS::ApiGatewayV2::Integration')) {
    const given = resolveProperties(integration, logicalId, resource, context);
    integrations.set(context.identify(logicalId).ref, functionArnOf(given.IntegrationUri));
  }
  const authorizers = new Map<string, AuthorizerModel>();
  for (const [logicalId, resource] of partsOf('AWS::ApiGatewayV2::Authorizer')) {
    const given = resolveProperties(authorizer, logicalId, resource, context);
    authorizers.set(context.identify(logicalId).ref, {
      logicalId,
      functionArn: functionArnOf(given.AuthorizerUri),
      identitySources: given.IdentitySource,
      resultTtlSeconds: given.AuthorizerResultTtlInSeconds,
    });
  }
  const routes = partsOf('AWS::ApiGatewayV2::Route').map(([logicalId, resource]) => {
    const given = resolveProperties(route, logicalId, resource, context);
    const functionArn = integrations.get(given.Target.slice('integrations/'.length));
    const guard = given.AuthorizationType === 'NONE' ? undefined : authorizers.get(given.AuthorizerId ?? '');
    if (functionArn === undefined) {
      throw new TemplateError(logicalId, resource.Type, `${given.Target} names no integration`);
    }
    if (given.AuthorizationType === 'CUSTOM' && guard === undefined) {
      throw new TemplateError(
        logicalId,
        resource.Type,
        `${given.AuthorizerId ?? 'its AuthorizerId'} names no authorizer`,
      );
    }
    return {
      apiId: given.ApiId,
      model: { logicalId, routeKey: given.RouteKey, functionArn, authorizer: guard },
    };
  });
  return apis.map(([logicalId, resource]) => {
    resolveProperties(api, logicalId, resource, context);
    const apiId = context.identify(logicalId).ref;
    return {
      logicalId,
      apiId,
      routes: routes.filter((each) => each.apiId === apiId).map((each) => each.model),
    };
  });
}
