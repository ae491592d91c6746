import type { ReadContext } from './read-resource.ts';
import type { Template, TemplateResource } from './template.ts';

type Entry = readonly [logicalId: string, resource: TemplateResource];

/** The APIs of one protocol, and how to find the resources of a type that belong to them. */
export interface SelectedApis {
  readonly apis: readonly Entry[];
  partsOf(type: string): readonly Entry[];
}

export function selectApis(
  template: Template,
  context: ReadContext,
  protocol: 'HTTP' | 'WEBSOCKET',
): SelectedApis {
  const ofType = (type: string): Entry[] =>
    Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
  const apis = ofType('AWS::ApiGatewayV2::Api').filter(
    ([, { Properties }]) => Properties['ProtocolType'] === protocol,
  );
  const apiIds = new Set(apis.map(([logicalId]) => context.identify(logicalId).ref));
  return {
    apis,
    partsOf: (type) =>
      ofType(type).filter(([logicalId, { Properties }]) =>
        apiIds.has(String(context.resolve(logicalId, Properties['ApiId']))),
      ),
  };
}

/** Both forms CDK writes hold the function's ARN: bare, or inside API Gateway's invocation path. */
export function functionArnOf(uri: string): string {
  return /arn:aws:lambda:[^:]+:[^:]+:function:[^/:]+/.exec(uri)?.[0] ?? uri;
}
