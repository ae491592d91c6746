import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { assertNever } from '../../shared/assert-never.ts';
import type { AwsResponse } from '../aws/handle-aws-request.ts';
import { createInProcessClient } from '../aws/in-process-client.ts';
import { describeError } from '../start-error.ts';
import { loadFunctions } from './load-functions.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

// The entry of a thread that start-function-worker.ts starts.

if (isMainThread || parentPort === null)
  throw new Error('function-worker.ts runs as a thread of the stack only');
const port = parentPort;
const { models, environment, ...place } = workerData as WorkerStart;

const tell = (message: FromWorker): void => port.postMessage(message);

const calls = new Map<number, PromiseWithResolvers<AwsResponse>>();
let lastCall = 0;

try {
  const functions = await loadFunctions({
    models,
    environment,
    clientOverride: createInProcessClient({
      ...place,
      handle: ({ signal: _signal, ...request }) => {
        const id = ++lastCall;
        const answered = Promise.withResolvers<AwsResponse>();
        calls.set(id, answered);
        tell({ kind: 'call', id, request });
        return answered.promise;
      },
    }),
    log: (entry) => tell({ kind: 'log', entry }),
  });
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'answer':
        calls.get(message.id)?.resolve(message.response);
        calls.delete(message.id);
        break;
      case 'broken':
        calls.get(message.id)?.reject(Object.assign(new Error(message.message), { code: message.code }));
        calls.delete(message.id);
        break;
      case 'invoke': {
        const { id, index, payload } = message;
        void functions[index]?.invoke(payload).then((result) => tell({ kind: 'result', id, result }));
        break;
      }
      default:
        assertNever(message);
    }
  });
  tell({ kind: 'loaded' });
} catch (error) {
  tell({ kind: 'not_loaded', message: describeError(error) });
}
