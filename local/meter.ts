import type { AwsRequestHandler } from './aws/handle-aws-request.ts';
import type { TaskRecord } from './ecs/task-record.ts';
import type { ServeRequest } from './http/serve-api.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import type { Queues } from './sqs/open-queues.ts';

/** One thing that AWS would put on the bill, told when it is over. Sizes are bytes, durations milliseconds. */
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
      readonly durationMs: number;
    }
  /** What a rule hands to a queue: EventBridge makes one request for each body. */
  | { readonly kind: 'target-send'; readonly queueName: string; readonly bodies: readonly string[] }
  /** What the poller of an event source received in one request; empty when its long poll ended so. */
  | { readonly kind: 'poll-receive'; readonly queueName: string; readonly bodies: readonly string[] }
  | { readonly kind: 'poll-delete'; readonly queueName: string; readonly count: number }
  | {
      readonly kind: 'task';
      readonly taskDefinitionArn: string;
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

/** Tells of every request of an AWS client, refused ones too. */
export function meterAwsCalls(handle: AwsRequestHandler, meter: Meter): AwsRequestHandler {
  return async (request) => {
    const target = request.headers['x-amz-target'] ?? `${request.method} ${request.path.split('?')[0] ?? ''}`;
    const answer = await handle({ ...request, body: askForCapacity(target, request.body) });
    const output = Buffer.from(answer.body);
    meter({ kind: 'aws-call', target, status: answer.status, input: request.body, output });
    return answer;
  };
}

export function meterApi(serve: ServeRequest, meter: Meter): ServeRequest {
  return async (facts) => {
    const answer = await serve(facts);
    meter({
      kind: 'http-request',
      requestBytes: facts.body.length,
      responseBytes: answer.body.length,
    });
    return answer;
  };
}

/** Wall time, as Lambda bills it; here all functions share one process, so that it holds their waiting too. */
export function meterFunction(target: LocalFunction, memoryMegabytes: number, meter: Meter): LocalFunction {
  return {
    ...target,
    invoke: async (payload) => {
      const startedAt = performance.now();
      const result = await target.invoke(payload);
      const durationMs = performance.now() - startedAt;
      meter({ kind: 'invocation', functionName: target.label, memoryMegabytes, durationMs });
      return result;
    },
  };
}

export function meterTargetSends(queues: Pick<Queues, 'send'>, meter: Meter): Pick<Queues, 'send'> {
  return {
    send: (queueName, messages) => {
      meter({ kind: 'target-send', queueName, bodies: messages.map(({ body }) => body) });
      return queues.send(queueName, messages);
    },
  };
}

export function meterPolls(
  queues: Pick<Queues, 'receive' | 'deleteBatch'>,
  meter: Meter,
): Pick<Queues, 'receive' | 'deleteBatch'> {
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

/** Fargate bills from the pull of the image to the end; here from the wish to the end. */
export function meterTasks(
  announce: (task: TaskRecord) => Promise<void>,
  now: () => Date,
  meter: Meter,
): (task: TaskRecord) => Promise<void> {
  return async (task) => {
    if (task.lastStatus === 'STOPPED') {
      const { taskDefinitionArn } = task;
      const durationMs = now().getTime() - Date.parse(task.createdAt);
      meter({ kind: 'task', taskDefinitionArn, durationMs });
    }
    await announce(task);
  };
}
