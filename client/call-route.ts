import { SublarrEventsError } from './client-error.ts';
import type { ApiRequest, CallOptions, RawAnswer, SendRequest } from './send-request.ts';

/** A request whose answer is JSON. */
export interface JsonRequest<Answer> extends ApiRequest {
  /** What any server of ours puts into the answer: where it is not there, something else answered. */
  readonly requires?: readonly (keyof Answer & string)[];
}

/** Sends a request and reads the answer. Throws `SublarrEventsError`, or the reason of the signal. */
export type CallRoute = <Answer>(request: JsonRequest<Answer>, options?: CallOptions) => Promise<Answer>;

/** An id that cannot be in a path. */
export class IdError extends TypeError {
  override readonly name = 'IdError';
}

/** A URL would lose these segments, and lead to another route. */
const noSegments = new Set(['', '.', '..']);

/** One segment of a path. Throws `IdError` for what cannot be one. */
function encodeSegment(id: string): string {
  if (noSegments.has(id)) throw new IdError(`${JSON.stringify(id)} is no id`);
  return encodeURIComponent(id);
}

/** A path with ids put into it, such as `/api/v1/webhooks/${id}`. */
export const pathOf = (strings: TemplateStringsArray, ...ids: readonly string[]): string =>
  String.raw({ raw: strings.raw }, ...ids.map(encodeSegment));

const unexpected = (status: number, cause?: unknown): SublarrEventsError =>
  new SublarrEventsError(
    {
      code: 'unexpected_answer',
      status,
      message: `The server answered ${status}, and not as this API does. Check the URL.`,
    },
    { cause },
  );

/**
 * Reads the JSON of an answer, which is taken to be of the type that the server was built to answer. It is not held
 * against its schema: an older client must go on with a newer server, whose answers may have more fields and more
 * names. Throws `SublarrEventsError` when something else than the API answered.
 */
export function readAnswer<Answer>(
  { status, text }: Pick<RawAnswer, 'status' | 'text'>,
  requires: readonly (keyof Answer & string)[] = [],
): Answer {
  let answer: Answer;
  try {
    answer = status === 204 ? undefined : JSON.parse(text);
  } catch (cause) {
    throw unexpected(status, cause);
  }
  if (requires.some((name) => !Object.hasOwn(Object(answer), name))) throw unexpected(status);
  return answer;
}

/** Makes a `CallRoute`. */
export const createCallRoute =
  (send: SendRequest): CallRoute =>
  async <Answer>({ requires, ...request }: JsonRequest<Answer>, options?: CallOptions): Promise<Answer> =>
    readAnswer<Answer>(await send(request, options), requires);
