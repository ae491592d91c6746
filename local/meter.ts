import type { AwsRequestHandler } from './aws/handle-aws-request.ts';
import type { TaskRecord } from './ecs/task-record.ts';
import type { ServeRequest } from './http/serve-api.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import type { Queues } from './sqs/open-queues.ts';
import type { FunctionModel } from './template/read-function.ts';
import type { TaskDefinitionModel } from './template/read-task-definition.ts';

/** One thing that AWS would put on the bill, told when it is over. Instants and durations are milliseconds. */
export type Usage =
  | {
      readonly kind: 'aws-call';
      /** `X-Amz-Target`, or method and path of a REST call. */
      readonly target: string;
      readonly status: number;
      readonly input: Buffer;
      readonly output: Buffer;
    }
  | { readonly kind: 'http-request'; readonly requestBytes: number; readonly responseBytes: number }
  | {
      readonly kind: 'invocation';
      readonly functionName: string;
      readonly memoryMegabytes: number;
      /** On the clock of `performance.now()`, as is the end. */
      readonly startedAt: number;
      readonly endedAt: number;
    }
  /** What a rule hands to a queue: EventBridge makes one request for each body. */
  | { readonly kind: 'target-send'; readonly queueName: string; readonly bodies: readonly string[] }
  /** What the poller of an event source received in one request; empty when its long poll ended so. */
  | { readonly kind: 'poll-receive'; readonly queueName: string; readonly bodies: readonly string[] }
  | { readonly kind: 'poll-delete'; readonly queueName: string; readonly count: number }
  | {
      readonly kind: 'task';
      /** 1 024 make a vCPU. */
      readonly cpuUnits: number;
      readonly memoryMegabytes: number;
      readonly durationMs: number;
    };

/** Is told of everything billable, synchronously: it must be quick and must not throw. */
export type Meter = (usage: Usage) => void;

/**
 * Has DynamoDB tell the capacity of every call, which the SDK ignores unless it asked.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
 */
function askForCapacity(target: string, body: Buffer): Buffer {
  if (!target.startsWith('DynamoDB_20120810.')) return body;
  const input: unknown = JSON.parse(body.toString('utf8'));
  return Buffer.from(JSON.stringify({ ...Object(input), ReturnConsumedCapacity: 'INDEXES' }));
}

function meterAwsCalls(handle: AwsRequestHandler, meter: Meter): AwsRequestHandler {
  return async (request) => {
    const target = request.headers['x-amz-target'] ?? `${request.method} ${request.path.split('?')[0] ?? ''}`;
    const answer = await handle({ ...request, body: askForCapacity(target, request.body) });
    const output = Buffer.from(answer.body);
    meter({ kind: 'aws-call', target, status: answer.status, input: request.body, output });
    return answer;
  };
}

function meterApi(serve: ServeRequest, meter: Meter): ServeRequest {
  return async (facts) => {
    const answer = await serve(facts);
    meter({ kind: 'http-request', requestBytes: facts.body.length, responseBytes: answer.body.length });
    return answer;
  };
}

function meterFunction(target: LocalFunction, memoryMegabytes: number, meter: Meter): LocalFunction {
  return {
    ...target,
    invoke: async (payload) => {
      const startedAt = performance.now();
      const result = await target.invoke(payload);
      const endedAt = performance.now();
      meter({ kind: 'invocation', functionName: target.label, memoryMegabytes, startedAt, endedAt });
      return result;
    },
  };
}

type Sender = Pick<Queues, 'send'>;
type Polled = Pick<Queues, 'receive' | 'deleteBatch'>;

function meterTargetSends(queues: Sender, meter: Meter): Sender {
  return {
    send: (queueName, messages) => {
      meter({ kind: 'target-send', queueName, bodies: messages.map(({ body }) => body) });
      return queues.send(queueName, messages);
    },
  };
}

function meterPolls(queues: Polled, meter: Meter): Polled {
  return {
    receive: async (queueName, wish) => {
      const messages = await queues.receive(queueName, wish);
      meter({ kind: 'poll-receive', queueName, bodies: messages.map(({ body }) => body) });
      return messages;
    },
    deleteBatch: (queueName, handles) => {
      const outcomes = queues.deleteBatch(queueName, handles);
      meter({ kind: 'poll-delete', queueName, count: handles.length });
      return outcomes;
    },
  };
}

type Announce = (task: TaskRecord) => Promise<void>;

/** Fargate bills from the pull of the image to the end; here from the wish to the end. */
function meterTasks(
  announce: Announce,
  definitions: readonly TaskDefinitionModel[],
  now: () => Date,
  meter: Meter,
): Announce {
  return async (task) => {
    const size = definitions.find(({ arn }) => arn === task.taskDefinitionArn)?.size;
    if (task.lastStatus === 'STOPPED' && size !== undefined) {
      meter({ kind: 'task', ...size, durationMs: now().getTime() - Date.parse(task.createdAt) });
    }
    await announce(task);
  };
}

/** Lays a meter around the places where a stack does what AWS bills. */
export interface Metering {
  /** Every request of an AWS client, refused ones too. */
  readonly awsCalls: (handle: AwsRequestHandler) => AwsRequestHandler;
  readonly api: (serve: ServeRequest) => ServeRequest;
  readonly functions: (
    functions: readonly LocalFunction[],
    models: readonly FunctionModel[],
  ) => readonly LocalFunction[];
  /** The queues as rules reach them. */
  readonly targets: (queues: Sender) => Sender;
  /** The queues as event sources reach them. */
  readonly polled: (queues: Polled) => Polled;
  readonly tasks: (
    announce: Announce,
    definitions: readonly TaskDefinitionModel[],
    now: () => Date,
  ) => Announce;
}

const unmetered: Metering = {
  awsCalls: (handle) => handle,
  api: (serve) => serve,
  functions: (functions) => functions,
  targets: (queues) => queues,
  polled: (queues) => queues,
  tasks: (announce) => announce,
};

/** Without a meter everything is left as it is. */
export function createMetering(meter: Meter | undefined): Metering {
  if (meter === undefined) return unmetered;
  return {
    awsCalls: (handle) => meterAwsCalls(handle, meter),
    api: (serve) => meterApi(serve, meter),
    functions: (functions, models) =>
      functions.map((each) => {
        const model = models.find(({ name }) => name === each.name);
        return model === undefined ? each : meterFunction(each, model.memoryMegabytes, meter);
      }),
    targets: (queues) => meterTargetSends(queues, meter),
    polled: (queues) => meterPolls(queues, meter),
    tasks: (announce, definitions, now) => meterTasks(announce, definitions, now, meter),
  };
}
