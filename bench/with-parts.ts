import { type Api, openApi } from './api.ts';
import { type ReceiverProcess, startReceiverProcess } from './receiver-process.ts';
import { type StackProcess, type StackProcessOptions, startStackProcess } from './stack-process.ts';

/** Runs `work` beside a receiver, which goes with it. */
export async function withReceiver<Result>(
  work: (receiver: ReceiverProcess) => Promise<Result>,
): Promise<Result> {
  const receiver = await startReceiverProcess();
  try {
    return await work(receiver);
  } finally {
    await receiver.stop();
  }
}

/** Runs `work` on a fresh stack, which goes with it. */
export async function withStack<Result>(
  options: StackProcessOptions,
  work: (stack: StackProcess, api: Api) => Promise<Result>,
): Promise<Result> {
  const stack = await startStackProcess(options);
  const api = openApi(stack);
  try {
    return await work(stack, api);
  } catch (error) {
    // Its callers see refused connections alone.
    const ownEnd = await stack.ownEnd();
    throw ownEnd === undefined ? error : new Error(ownEnd, { cause: error });
  } finally {
    await api.close();
    await stack.stop();
  }
}
