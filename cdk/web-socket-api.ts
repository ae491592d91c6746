import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** The last part of the address that clients connect to. */
const stageName = 'live';
const apiLogicalId = 'LiveApi';
const logPolicyName = 'service-role/AmazonAPIGatewayPushToCloudWatchLogs';

/** The WebSocket API. Who connects is asked by the function that opens the connection, whose answer says why not. */
export class WebSocketApi extends Construct {
  /** Where clients connect: `wss://…/live`. */
  readonly url: string;
  /** Where the stack reaches connections, over https. */
  readonly callbackUrl: string;
  readonly #api: apigateway.WebSocketApi;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#api = new apigateway.WebSocketApi(this, 'api', { apiName: `${Stack.of(this).stackName}-live` });
    const resource = this.#api.node.defaultChild;
    if (resource instanceof apigateway.CfnApi) resource.overrideLogicalId(apiLogicalId);
    Validations.of(this.#api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The function behind $connect checks the API key or ticket and refuses with 401 or 403; an authorizer could not say which, and the other routes exist only on connections that it let in.',
    });
    const stage = this.#addStage();
    this.url = stage.url;
    this.callbackUrl = stage.callbackUrl;
  }

  /** Asks `fn` whether a connection may open: any answer but a 2xx refuses it. */
  openBy(fn: lambda.IFunction): void {
    this.#api.addRoute('$connect', {
      integration: new WebSocketLambdaIntegration(`${fn.node.id}-integration`, fn),
    });
  }

  /** Tells `fn` that a connection ended, as far as API Gateway notices. */
  closeBy(fn: lambda.IFunction): void {
    this.#api.addRoute('$disconnect', {
      integration: new WebSocketLambdaIntegration(`${fn.node.id}-integration`, fn),
    });
  }

  /** Hands `fn` every message of a client. The route answers nothing: what there is to say, `fn` posts. */
  answerBy(fn: lambda.IFunction): void {
    this.#api.addRoute('$default', {
      integration: new WebSocketLambdaIntegration(`${fn.node.id}-integration`, fn),
    });
  }

  /** Lets `fn` post to the connections of this API, and neither look them up nor close them. */
  grantPost(fn: lambda.IFunction): void {
    this.#grantConnections(fn, 'POST');
  }

  /** Lets `fn` end the connections of this API. */
  grantClose(fn: lambda.IFunction): void {
    this.#grantConnections(fn, 'DELETE');
  }

  #grantConnections(fn: lambda.IFunction, method: 'POST' | 'DELETE'): void {
    const connections = `${stageName}/${method}/@connections/*`;
    iam.Grant.addToPrincipal({
      grantee: fn,
      actions: ['execute-api:ManageConnections'],
      resourceArns: [
        Stack.of(this).formatArn({
          service: 'execute-api',
          resource: this.#api.apiId,
          resourceName: connections,
        }),
      ],
    });
    Validations.of(fn.role ?? fn).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${apiLogicalId}>/${connections}]`,
      reason:
        'API Gateway names a connection when it opens; the grant ends at this API, its stage and one method.',
    });
  }

  #addStage(): apigateway.WebSocketStage {
    const accessLogs = new logs.LogGroup(this, 'access-logs', {
      logGroupName: `/aws/vendedlogs/${Stack.of(this).stackName}/web-socket-api`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new apigateway.WebSocketStage(this, 'stage', {
      webSocketApi: this.#api,
      stageName,
      autoDeploy: true,
      // Connections and messages of clients together; one in a loop must not take the account's concurrency.
      throttle: { rateLimit: 100, burstLimit: 200 },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLogs),
        format: accessLogFormat,
      },
    });
    stage.node.addDependency(this.#letGatewayLog());
    return stage;
  }

  /**
   * API Gateway writes the logs of WebSocket stages by a role that is set once for an account and region, and
   * refuses a stage with logs where none is set. It is set to the role that AWS's own documentation names, and
   * stays when the stack goes: others may log by it then.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   */
  #letGatewayLog(): CfnAccount {
    const role = new iam.Role(this, 'gateway-logs-role', {
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(logPolicyName)],
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${logPolicyName}]`,
      reason:
        'The role serves every API of the account, and API Gateway checks it for this very policy when it is set.',
    });
    const account = new CfnAccount(this, 'account', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return account;
  }
}

// Neither a header nor the query is among these: the key or ticket that opens a connection travels in them.
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    request_id: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTime(),
    ip: AccessLogField.contextIdentitySourceIp(),
    route: '$context.routeKey',
    connection_id: '$context.connectionId',
    event: '$context.eventType',
    status: AccessLogField.contextStatus(),
    integration_error: '$context.integrationErrorMessage',
  }),
);
