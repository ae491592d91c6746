import { SublarrEventsError } from './client-error.ts';
import type { ApiRequest, CallOptions, SendRequest } from './send-request.ts';

/** Sends a request and reads the answer. Throws `SublarrEventsError`, or the reason of the signal. */
export type CallRoute = <Answer>(request: ApiRequest, options?: CallOptions) => Promise<Answer>;

/** A URL would lose these segments, and lead to another route. */
const noSegments = new Set(['', '.', '..']);

/** One segment of a path. Throws for what cannot be one. */
function encodeSegment(id: string): string {
  if (noSegments.has(id)) throw new TypeError(`${JSON.stringify(id)} is no id`);
  return encodeURIComponent(id);
}

/** A path with ids put into it, such as `/api/v1/webhooks/${id}`. */
export const pathOf = (strings: TemplateStringsArray, ...ids: readonly string[]): string =>
  String.raw({ raw: strings.raw }, ...ids.map(encodeSegment));

/**
 * Makes a `CallRoute`. The answer is JSON of the type that the server was built to answer, and is not held against its
 * schema: an older client must go on with a newer server, whose answers may have more fields and more names.
 */
export const createCallRoute =
  (send: SendRequest): CallRoute =>
  async <Answer>(request: ApiRequest, options?: CallOptions): Promise<Answer> => {
    const { status, text } = await send(request, options);
    try {
      const answer: Answer = status === 204 ? undefined : JSON.parse(text);
      return answer;
    } catch (cause) {
      throw new SublarrEventsError(
        {
          code: 'unexpected_answer',
          status,
          message: `The server answered ${status} with something other than JSON. Check the URL.`,
        },
        { cause },
      );
    }
  };
