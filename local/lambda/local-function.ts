import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { FunctionModel } from '../template/read-function.ts';
import { type FunctionScope, runInScope } from './function-scope.ts';

/** A function's error as Lambda tells it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown; readonly requestId: string }
  | { readonly ok: false; readonly error: FunctionError; readonly requestId: string };

/** A Lambda function of the template, ready to be invoked in this process. */
export interface LocalFunction {
  readonly name: string;
  readonly arn: string;
  /** What log lines call it. */
  readonly label: string;
  readonly timeoutSeconds: number;
  /** Never rejects: a crash, a timeout and a payload that is no JSON are results. */
  invoke(payload: unknown): Promise<InvocationResult>;
}

export type Handler = (event: unknown, context: unknown) => unknown;

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (invocation payload)
export const payloadBytesMax = 6 * 1024 * 1024;

function toFunctionError(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown) };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
}

/** What survives the wire: an undefined payload is null, a Date is its text. */
function roundTrip(payload: unknown): unknown {
  const text = JSON.stringify(payload ?? null) as string | undefined;
  return text === undefined ? null : JSON.parse(text);
}

function describe(error: FunctionError): string {
  return error.trace === undefined ? `${error.errorType}: ${error.errorMessage}` : error.trace.join('\n');
}

/** Wraps a handler in what Lambda puts around it: a context, a timeout, JSON on both sides, a log. */
export function createLocalFunction(options: {
  readonly model: FunctionModel;
  readonly handler: Handler;
  readonly scope: FunctionScope;
  readonly log: Log;
}): LocalFunction {
  const { model, handler, scope, log } = options;
  const { name, arn, timeoutSeconds } = model;

  const run = async (payload: unknown, requestId: string): Promise<unknown> => {
    const endsAt = performance.now() + timeoutSeconds * 1000;
    const context = {
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(model.memoryMegabytes),
      awsRequestId: requestId,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: 'local',
      callbackWaitsForEmptyEventLoop: false,
      getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsAt - performance.now())),
    };
    return roundTrip(await handler(roundTrip(payload), context));
  };

  return {
    name,
    arn,
    label: model.label,
    timeoutSeconds,
    invoke: async (payload) => {
      const requestId = randomUUID();
      const expiry = Promise.withResolvers<InvocationResult>();
      const timer = setTimeout(() => {
        const errorMessage = `${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
        expiry.resolve({ ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage }, requestId });
      }, timeoutSeconds * 1000);
      const work = runInScope(scope, async (): Promise<InvocationResult> => ({
        ok: true,
        payload: await run(payload, requestId),
        requestId,
      })).catch((thrown: unknown): InvocationResult => ({
        ok: false,
        error: toFunctionError(thrown),
        requestId,
      }));
      const result = await Promise.race([work, expiry.promise]);
      clearTimeout(timer);
      if (!result.ok) log({ level: 'error', source: model.label, message: describe(result.error) });
      return result;
    },
  };
}
