import { readAnswer } from './call-route.ts';
import { SublarrEventsError } from './client-error.ts';
import type { CallOptions, SendRequest } from './send-request.ts';

/** What was read, and by what the server knows it again. */
export interface Tagged<Value> {
  readonly value: Value;
  /** For `ifMatch`, which lets a change through only while this is what is there. */
  readonly etag: string;
}

/** What a change takes beside what it changes. */
export interface ChangeOptions extends CallOptions {
  /**
   * The `etag` of what is to be changed: when it is no longer the same, nothing is changed and the error has the code
   * `precondition_failed`.
   */
  readonly ifMatch?: string | undefined;
}

/**
 * Reads a resource with its entity tag. Who has it already (`known`) gets the very same object while it is still the
 * same, and the server sends nothing. Throws `SublarrEventsError`, or the reason of the signal.
 */
export type ReadTagged = <Value>(
  path: string,
  known: Tagged<Value> | undefined,
  options: CallOptions | undefined,
) => Promise<Tagged<Value>>;

/** Makes a `ReadTagged`. */
export const createReadTagged =
  (send: SendRequest): ReadTagged =>
  async <Value>(path: string, known: Tagged<Value> | undefined, options: CallOptions | undefined) => {
    const headers = known === undefined ? undefined : { 'if-none-match': known.etag };
    const answer = await send({ method: 'GET', path, headers }, options);
    if (answer.status === 304 && known !== undefined) return known;
    const etag = answer.headers.get('etag');
    if (etag !== null) return { value: readAnswer<Value>(answer), etag };
    throw new SublarrEventsError({
      code: 'unexpected_answer',
      status: answer.status,
      message: 'The answer came without its ETag. Check the URL, and that no proxy takes it out.',
    });
  };
