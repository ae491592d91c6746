import { isMainThread, parentPort, workerData } from 'node:worker_threads';
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

const calls = new Map<number, (response: AwsResponse) => void>();
let lastCall = 0;

try {
  const functions = await loadFunctions({
    models,
    environment,
    clientOverride: createInProcessClient({
      ...place,
      handle: ({ signal: _signal, ...request }) =>
        new Promise((resolve) => {
          const id = ++lastCall;
          calls.set(id, resolve);
          tell({ kind: 'call', id, request });
        }),
    }),
    log: (entry) => tell({ kind: 'log', entry }),
  });
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'answer') {
      calls.get(message.id)?.(message.response);
      calls.delete(message.id);
      return;
    }
    const { id, index, payload } = message;
    void functions[index]?.invoke(payload).then((result) => tell({ kind: 'result', id, result }));
  });
  tell({ kind: 'loaded' });
} catch (error) {
  tell({ kind: 'not_loaded', message: describeError(error) });
}
