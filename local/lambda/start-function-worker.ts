import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { AwsRequestHandler } from '../aws/handle-aws-request.ts';
import type { Log } from '../log.ts';
import { describeError, errorCode, StartError } from '../start-error.ts';
import type { InvocationResult, LocalFunction } from './local-function.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

/** Functions that run in a thread of their own. */
export interface FunctionWorker {
  readonly functions: readonly LocalFunction[];
  stop(): Promise<void>;
}

const neverAborted = new AbortController().signal;

/**
 * Loads functions into a thread of their own, so that what they do between two calls to AWS (serialising, signing,
 * posting) is done beside the engines and the API on another core. Their calls come back here. What nobody catches there
 * ends the process, as it would have here.
 * Throws StartError naming the function that cannot be loaded.
 */
export async function startFunctionWorker(
  start: WorkerStart & { readonly handle: AwsRequestHandler; readonly log: Log },
): Promise<FunctionWorker> {
  const { handle, log, ...workerData } = start;
  const worker = new Worker(new URL('./function-worker.ts', import.meta.url), { workerData });
  const tell = (message: ToWorker): void => worker.postMessage(message);
  const results = new Map<number, (result: InvocationResult) => void>();
  const loading = Promise.withResolvers<void>();
  let lastInvocation = 0;

  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'loaded':
        loading.resolve();
        break;
      case 'not_loaded':
        loading.reject(new StartError(message.message));
        break;
      case 'log':
        log(message.entry);
        break;
      case 'result':
        results.get(message.id)?.(message.result);
        results.delete(message.id);
        break;
      case 'call': {
        const { id, request } = message;
        // A buffer arrives as the bytes that it held.
        const body = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength);
        void handle({ ...request, body, signal: neverAborted }).then(
          (response) => tell({ kind: 'answer', id, response }),
          (error: unknown) =>
            tell({ kind: 'broken', id, message: describeError(error), code: errorCode(error) }),
        );
      }
    }
  });
  // Without a listener it is thrown out of the event loop: nobody may believe that functions run which do not.
  worker.once('error', loading.reject);
  await loading.promise.catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  worker.off('error', loading.reject);

  return {
    functions: start.models.map(({ name, arn, label, timeoutSeconds }, index) => ({
      name,
      arn,
      label,
      timeoutSeconds,
      invoke: (payload) =>
        new Promise((resolve) => {
          const id = ++lastInvocation;
          results.set(id, resolve);
          tell({ kind: 'invoke', id, index, payload });
        }),
    })),
    stop: async () => {
      const ended = once(worker, 'exit');
      await worker.terminate();
      await ended.catch(() => undefined);
    },
  };
}
