import * as z from 'zod';
import type { ErrorCode, ErrorDetail } from '../shared/api-error.ts';

/** What this client itself has to tell, and what a gateway answers without a code. */
type OwnCode = 'too_many_requests' | 'unreachable' | 'timed_out' | 'redirected' | 'unexpected_answer';

/** One of those that are known, or one that a newer server brought. */
export type ClientErrorCode = ErrorCode | OwnCode | (string & {});

/** A request that was not done. `message` says what was wrong and how to mend it; it never holds the key. */
export class SublarrEventsError extends Error {
  override readonly name = 'SublarrEventsError';
  readonly code: ClientErrorCode;
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Which fields were wrong. */
  readonly details: readonly ErrorDetail[];
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    fields: {
      readonly code: ClientErrorCode;
      readonly message: string;
      readonly status?: number | undefined;
      readonly details?: readonly ErrorDetail[] | undefined;
      readonly retryAfterMs?: number | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(fields.message, options);
    this.code = fields.code;
    this.status = fields.status;
    this.details = fields.details ?? [];
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** `Message` is what API Gateway writes in some of its own answers. */
const errorBodySchema = z.object({
  message: z.string().optional(),
  Message: z.string().optional(),
  code: z.string().optional(),
  details: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

const codeOfStatus: Readonly<Record<number, ClientErrorCode>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'too_large',
  422: 'unprocessable',
  429: 'too_many_requests',
  500: 'internal',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const hints: Readonly<Record<number, string>> = {
  401: 'The API does not know this key. Check it, or make a new one.',
  429: 'Too many requests: try again in a moment.',
};

/** The error that an answer other than 2xx tells of. */
export function readErrorAnswer(
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  retryAfterMs: number | undefined,
): SublarrEventsError {
  const { status, headers, text } = answer;
  if (status >= 300 && status < 400) {
    return new SublarrEventsError({
      code: 'redirected',
      status,
      message: `The server redirects to ${headers.get('location') ?? 'nowhere'}. That is not followed, so that the key goes nowhere else: give that URL instead.`,
    });
  }
  const body = errorBodySchema.safeParse(parseJson(text)).data;
  const said = body?.code === undefined ? (hints[status] ?? body?.message ?? body?.Message) : body.message;
  return new SublarrEventsError({
    code: body?.code ?? codeOfStatus[status] ?? 'unexpected_answer',
    status,
    message: said ?? `The server answered ${status}, and not as this API does. Check the URL.`,
    details: body?.details,
    retryAfterMs,
  });
}
