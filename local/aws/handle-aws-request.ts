import { randomUUID } from 'node:crypto';
import { type AwsCredentials, isAuthorizedBy } from '../aws-credentials.ts';
import { type Log } from '../log.ts';
import { describeError } from '../start-error.ts';
import { answerNotJson, isQueryProtocol, signedService } from './answer-not-json.ts';
import { AwsError, type AwsService } from './service.ts';

export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Aborted when the caller has gone: a long poll ends. */
  readonly signal: AbortSignal;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export type AwsRequestHandler = (request: AwsRequest) => Promise<AwsResponse>;

export interface AwsRoutes {
  readonly services: readonly AwsService[];
  /** Engines that speak their own protocol, by the prefix of `X-Amz-Target`. */
  readonly engines: ReadonlyMap<string, AwsRequestHandler>;
  /** Answers requests that need no key; undefined when the path is not its own. */
  readonly open: (request: AwsRequest) => AwsResponse | undefined;
  /** Answers REST requests of emulated services; undefined when the path is not its own. */
  readonly rest: (request: AwsRequest) => Promise<AwsResponse> | undefined;
}

const json11 = 'application/x-amz-json-1.1';

const serviceNames: ReadonlyMap<string, string> = new Map([
  ['AmazonSQS', 'SQS'],
  ['AWSEvents', 'EventBridge'],
  ['DynamoDB_20120810', 'DynamoDB'],
  ['TrentService', 'KMS'],
  ['AmazonEC2ContainerServiceV20141113', 'ECS'],
  ['AWSStepFunctions', 'Step Functions'],
  ['AmazonSSM', 'SSM'],
  ['secretsmanager', 'Secrets Manager'],
  ['Logs_20140328', 'CloudWatch Logs'],
]);

/** The refusal of an operation that the stack lacks. SDKs do not retry a 400 whose code they do not know. */
export function notEmulated(operation: string): AwsError {
  return new AwsError('NotEmulated', `${operation} is not emulated by the sublarr-events local stack`);
}

function answerError(error: AwsError, contentType: string): AwsResponse {
  const queryError =
    error.queryCode === undefined ? {} : { 'x-amzn-query-error': `${error.queryCode};Sender` };
  return {
    status: error.status,
    headers: { 'content-type': contentType, 'x-amzn-errortype': error.code, ...queryError },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw Object.assign(new AwsError('SerializationException', 'The request body is not JSON'), {
      cause: error,
    });
  }
}

function describeForeignRequest(request: AwsRequest): string {
  const query = request.path.split('?')[1] ?? '';
  const form = isQueryProtocol(request) ? request.body.toString('utf8') : query;
  const action = new URLSearchParams(form).get('Action');
  const target = request.headers['x-amz-target'];
  const operation = action ?? target ?? `${request.method} ${request.path.split('?')[0] ?? '/'}`;
  const service = signedService(request);
  return service === undefined ? operation : `${service} ${operation}`;
}

async function runOperation(
  service: AwsService,
  operationName: string,
  request: AwsRequest,
): Promise<AwsResponse> {
  if (!Object.hasOwn(service.operations, operationName)) {
    throw notEmulated(`${serviceNames.get(service.targetPrefix) ?? service.targetPrefix} ${operationName}`);
  }
  const operation = service.operations[operationName];
  const output = await operation?.(parseBody(request.body), { signal: request.signal });
  return {
    status: 200,
    headers: { 'content-type': service.contentType },
    body: output === undefined ? '' : JSON.stringify(output),
  };
}

/** Serves one request of an AWS client: checks the key, finds the service by `X-Amz-Target`, maps refusals. */
export function createAwsRequestHandler(options: {
  readonly routes: AwsRoutes;
  readonly credentials: AwsCredentials;
  readonly log: Log;
}): AwsRequestHandler {
  const { routes, credentials, log } = options;
  const services = new Map(routes.services.map((service) => [service.targetPrefix, service]));

  const dispatch = async (request: AwsRequest): Promise<AwsResponse> => {
    const open = routes.open(request);
    if (open !== undefined) return open;
    if (!isAuthorizedBy(credentials, request.headers['authorization'])) {
      throw new AwsError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
        {
          status: 403,
        },
      );
    }
    const target = request.headers['x-amz-target'] ?? '';
    const dot = target.lastIndexOf('.');
    const prefix = target.slice(0, Math.max(dot, 0));
    const engine = routes.engines.get(prefix);
    if (engine !== undefined) return engine(request);
    const service = services.get(prefix);
    if (service !== undefined) return runOperation(service, target.slice(dot + 1), request);
    const rest = target === '' ? routes.rest(request) : undefined;
    if (rest !== undefined) return rest;
    const name = serviceNames.get(prefix);
    throw notEmulated(
      name === undefined ? describeForeignRequest(request) : `${name} ${target.slice(dot + 1)}`,
    );
  };

  return async (request) => {
    const contentType =
      services.get((request.headers['x-amz-target'] ?? '').split('.')[0] ?? '')?.contentType ?? json11;
    const requestId = randomUUID();
    const answer = await dispatch(request).catch((error: unknown): AwsResponse => {
      if (error instanceof AwsError) return answerNotJson(request, error) ?? answerError(error, contentType);
      log({
        level: 'error',
        source: 'aws',
        message: `${request.headers['x-amz-target'] ?? request.path}: ${describeError(error)}`,
      });
      return answerError(new AwsError('InternalFailure', describeError(error), { status: 500 }), contentType);
    });
    return { ...answer, headers: { 'x-amzn-requestid': requestId, ...answer.headers } };
  };
}
