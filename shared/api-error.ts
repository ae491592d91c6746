/** What was wrong with one field of a request. */
export interface ErrorDetail {
  /** Where, such as `data.season` or `[3].event_name`. */
  readonly field: string;
  readonly message: string;
}

export const errorCodes = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'precondition_failed',
  'too_large',
  'unprocessable',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

const statusOf: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unprocessable: 422,
  internal: 500,
  unavailable: 503,
};

/** A request that cannot be served, and how its caller can mend it. The HTTP layer turns it into an answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];

  constructor(
    code: ErrorCode,
    message: string,
    details: readonly ErrorDetail[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return statusOf[this.code];
  }
}

/** The body of every error answer. `message` is also what API Gateway's own errors carry. */
export const renderError = (error: ApiError) => ({
  message: error.message,
  code: error.code,
  ...(error.details.length > 0 ? { details: error.details } : {}),
});
