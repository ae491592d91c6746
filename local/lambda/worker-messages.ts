import type { AwsCredentials } from '../aws-credentials.ts';
import type { AwsRequest, AwsResponse } from '../aws/handle-aws-request.ts';
import type { LogEntry } from '../log.ts';
import type { FunctionModel } from '../template/read-function.ts';
import type { InvocationResult } from './local-function.ts';

/** What a thread that runs functions is started with. */
export interface WorkerStart {
  readonly models: readonly FunctionModel[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly endpoint: string;
}

/** What the process tells the thread. */
export type ToWorker =
  | { readonly kind: 'invoke'; readonly id: number; readonly index: number; readonly payload: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly response: AwsResponse }
  /** The connection broke before an answer. */
  | {
      readonly kind: 'broken';
      readonly id: number;
      readonly message: string;
      readonly code: string | undefined;
    };

/** What the thread tells the process. */
export type FromWorker =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'not_loaded'; readonly message: string }
  | { readonly kind: 'log'; readonly entry: LogEntry }
  | { readonly kind: 'result'; readonly id: number; readonly result: InvocationResult }
  | { readonly kind: 'call'; readonly id: number; readonly request: Omit<AwsRequest, 'signal'> };
