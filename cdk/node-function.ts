import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Bundles } from './bundle-functions.ts';

/** The environment that a function's `env.ts` asks for: every key, defaults too, so that none is forgotten. */
export type EnvironmentOf<Env> = { readonly [Key in keyof Env]-?: string };

interface NodeFunctionProps<Env> {
  readonly bundles: Bundles;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: EnvironmentOf<Env>;
  /** Lambda gives CPU by memory; 256 unless told. */
  readonly memorySizeMib?: number;
  readonly recursiveLoop?: lambda.RecursiveLoop;
}

/**
 * A Lambda function on Node 24 and arm64, with a role and a log group of its own. Its id names the folder in
 * `functions/` that it runs.
 */
export class NodeFunction<Env> extends lambda.Function {
  constructor(scope: Construct, id: string, props: NodeFunctionProps<Env>) {
    const role = new iam.Role(scope, `${id}-role`, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const logGroup = new logs.LogGroup(scope, `${id}-logs`, {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Instead of AWSLambdaBasicExecutionRole, which may write to every log group of the account.
    logGroup.grantWrite(role);
    super(scope, id, {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(directoryOf(props.bundles, id)),
      timeout: props.timeout,
      memorySize: props.memorySizeMib ?? 256,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      ...(props.recursiveLoop === undefined ? {} : { recursiveLoop: props.recursiveLoop }),
    });
  }
}

/** HTTP API gives up after 30 s and says nothing useful; this ends the function first. */
export const httpTimeout = Duration.seconds(29);

/** The directory of a function's bundle; throws when there is none. */
export function directoryOf(bundles: Bundles, name: string): string {
  const directory = bundles[name];
  if (directory === undefined) {
    throw new Error(
      `no bundle for function "${name}": functions/${name}/index.ts must exist and be passed in \`bundles\``,
    );
  }
  return directory;
}
