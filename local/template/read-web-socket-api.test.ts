import { describe, expect, test } from 'vitest';
import { readStack, type StackModel } from './read-stack.ts';
import { parseTemplate } from './template.ts';
import { assets, fixture, place, resources } from './template-fixture.ts';

const Live = {
  Type: 'AWS::ApiGatewayV2::Api',
  Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
};
const ApiId = { Ref: 'Live' };
const join = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
const publicAddress = (scheme: string, api: string) =>
  join(scheme, '://', { Ref: api }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' });
const route = (RouteKey: string, integration: string) => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId,
    RouteKey,
    AuthorizationType: 'NONE',
    Target: join('integrations/', { Ref: integration }),
  },
});
const live = {
  Live,
  LiveOpens: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: join(
        'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/',
        { 'Fn::GetAtt': ['Publish', 'Arn'] },
        '/invocations',
      ),
    },
  },
  LiveSilence: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId,
      IntegrationType: 'MOCK',
      IntegrationUri: '',
      RequestTemplates: { '200': '{"statusCode":200}' },
      TemplateSelectionExpression: '200',
    },
  },
  LiveConnect: route('$connect', 'LiveOpens'),
  LiveDefault: route('$default', 'LiveSilence'),
  LiveStage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId, StageName: 'live', AutoDeploy: true },
  },
  LogsOfTheAccount: { Type: 'AWS::ApiGateway::Account', Properties: {} },
};

function read(more: object = {}, Outputs: object = {}): StackModel {
  const template = parseTemplate({ ...fixture, Resources: { ...resources, ...live, ...more }, Outputs });
  return readStack({ template, assets, assemblyDir: '/assembly', place, parameters: {} });
}

describe('a WebSocket API', () => {
  test('has its stage and its routes, by functions and by mocks, and is no warning', () => {
    const model = read();
    expect(model.webSocketApis).toEqual([
      {
        logicalId: 'Live',
        apiId: 'Live',
        stageName: 'live',
        routeKeyPath: ['action'],
        routes: [
          {
            logicalId: 'LiveConnect',
            routeKey: '$connect',
            functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Publish',
          },
          { logicalId: 'LiveDefault', routeKey: '$default', functionArn: undefined },
        ],
      },
    ]);
    expect(model.warnings).toEqual([]);
  });

  test('leaves the HTTP API beside it as it is', () => {
    expect(read().httpApis).toMatchObject([
      { logicalId: 'Api', routes: [{ routeKey: 'POST /api/v1/events' }] },
    ]);
  });

  test.each([
    ['its public address', join(publicAddress('wss', 'Live'), '/live'), 'ws://127.0.0.1:8484/live'],
    ['its endpoint', join({ 'Fn::GetAtt': ['Live', 'ApiEndpoint'] }, '/live'), 'ws://127.0.0.1:8484/live'],
    ['its stage', join(publicAddress('wss', 'Live'), '/', { Ref: 'LiveStage' }), 'ws://127.0.0.1:8484/live'],
    ['its callback URL', join(publicAddress('https', 'Live'), '/live'), 'http://127.0.0.1:4566/live'],
    [
      'its callback URL by Fn::Sub',
      { 'Fn::Sub': 'https://${Live}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live' },
      'http://127.0.0.1:4566/live',
    ],
    ['the HTTP API’s address', join(publicAddress('https', 'Api'), '/x'), 'http://127.0.0.1:8484/x'],
    [
      'an API of somebody else',
      'https://abc.execute-api.us-east-1.amazonaws.com/live',
      'https://abc.execute-api.us-east-1.amazonaws.com/live',
    ],
  ])('%s leads to this box', (_what, Value, url) => {
    expect(read({}, { Url: { Value } }).outputs['Url']).toBe(url);
  });

  const without = (name: keyof typeof live) => ({ [name]: { Type: 'AWS::Logs::LogGroup' } });
  test.each([
    [
      'an authorizer',
      { LiveConnect: withProperty(live.LiveConnect, 'AuthorizationType', 'CUSTOM') },
      'AuthorizationType',
    ],
    [
      'an answering route',
      { LiveDefault: withProperty(live.LiveDefault, 'RouteResponseSelectionExpression', '$default') },
      'RouteResponseSelectionExpression is not emulated',
    ],
    ['no stage', without('LiveStage'), 'has 0 stages'],
    ['two stages', { Second: live.LiveStage }, 'has 2 stages'],
    ['a route to nowhere', without('LiveSilence'), 'names no integration'],
  ])('with %s is refused by name', (_what, more, words) => {
    expect(() => read(more)).toThrow(words);
  });
});

function withProperty(resource: { Properties: object; Type: string }, name: string, value: unknown) {
  return { ...resource, Properties: { ...resource.Properties, [name]: value } };
}
