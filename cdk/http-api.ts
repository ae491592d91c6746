import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Env as AuthorizeEnv } from '../functions/authorize/env.ts';
import type { Bundles } from './bundle-functions.ts';
import { NodeFunction } from './node-function.ts';
import type { RowTable } from './row-table.ts';

interface HttpApiProps {
  readonly config: RowTable;
  readonly bundles: Bundles;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What protects a route that asks for no key. */
interface OpenRoutesProps {
  /** Who sends, and how the function finds out that it may. */
  readonly reason: string;
  /** Requests a second on each route, of all who send. */
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/**
 * The HTTP API. Every route asks `authorize` first, but for those that are opened by name; there is no CORS, so no page
 * of another origin may call.
 */
export class HttpApi extends Construct {
  readonly url: string;
  readonly #api: apigateway.HttpApi;
  readonly #authorizer: HttpLambdaAuthorizer;
  readonly #stage: apigateway.HttpStage;
  #routeSettings: Readonly<Record<string, object>> = {};

  constructor(scope: Construct, id: string, { config, bundles }: HttpApiProps) {
    super(scope, id);
    const authorize = new NodeFunction<AuthorizeEnv>(this, 'authorize', {
      bundles,
      description: 'Answers whether an API key is known, and its scopes',
      timeout: Duration.seconds(5),
      environment: { CONFIG_TABLE: config.name },
    });
    config.grantRead(authorize);
    this.#authorizer = new HttpLambdaAuthorizer('authorizer', authorize, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.X-Api-Key'],
      resultsCacheTtl: Duration.minutes(5),
    });
    this.#api = new apigateway.HttpApi(this, 'api', {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
    });
    this.url = this.#api.apiEndpoint;
    this.#stage = this.#addStage();
  }

  /** Serves paths by a function: `{ '/api/v1/events': ['POST'] }`. */
  serve(fn: lambda.IFunction, routes: Readonly<Record<string, readonly Method[]>>): void {
    const integration = new HttpLambdaIntegration(`${fn.node.id}-integration`, fn);
    for (const [path, methods] of Object.entries(routes)) {
      this.#api.addRoutes({
        path,
        methods: methods.map((method) => apigateway.HttpMethod[method]),
        integration,
        authorizer: this.#authorizer,
      });
    }
  }

  /** Serves paths without a key: the function itself must find out who sends. */
  serveOpen(
    fn: lambda.IFunction,
    served: Readonly<Record<string, readonly Method[]>>,
    props: OpenRoutesProps,
  ): void {
    const integration = new HttpLambdaIntegration(`${fn.node.id}-integration`, fn);
    const routes = Object.entries(served).flatMap(([path, methods]) =>
      this.#api.addRoutes({
        path,
        methods: methods.map((method) => apigateway.HttpMethod[method]),
        integration,
      }),
    );
    for (const route of routes) {
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: props.reason });
      // The stage cannot name a route that is not there yet.
      this.#stage.node.addDependency(route);
    }
    const throttling = {
      ThrottlingRateLimit: props.rateLimit,
      ThrottlingBurstLimit: props.burstLimit,
    };
    this.#routeSettings = {
      ...this.#routeSettings,
      ...Object.fromEntries(
        Object.entries(served).flatMap(([path, methods]) =>
          methods.map((method) => [`${method} ${path}`, throttling]),
        ),
      ),
    };
    const stage = this.#stage.node.defaultChild;
    if (stage instanceof apigateway.CfnStage) stage.routeSettings = this.#routeSettings;
  }

  #addStage(): apigateway.HttpStage {
    const accessLogs = new logs.LogGroup(this, 'access-logs', {
      // Log groups elsewhere share one resource policy of 5120 characters per account and region.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
      logGroupName: `/aws/vendedlogs/${Stack.of(this).stackName}/http-api`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new apigateway.HttpStage(this, 'stage', {
      httpApi: this.#api,
      autoDeploy: true,
      // One client in a loop must not take the Lambda concurrency of the whole account.
      throttle: { rateLimit: 200, burstLimit: 400 },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLogs),
        format: accessLogFormat,
      },
    });
  }
}

const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    request_id: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTime(),
    ip: AccessLogField.contextIdentitySourceIp(),
    route: '$context.routeKey',
    path: AccessLogField.contextPath(),
    status: AccessLogField.contextStatus(),
    bytes: AccessLogField.contextResponseLength(),
    duration_ms: AccessLogField.contextResponseLatency(),
    authorizer_error: '$context.authorizer.error',
    integration_error: '$context.integrationErrorMessage',
  }),
);
