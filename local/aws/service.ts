/** One AWS operation: parses its own input, answers the output shape of the service's JSON protocol. */
export type AwsOperation = (input: unknown, call: { readonly signal: AbortSignal }) => Promise<unknown>;

/** An embedded AWS service as the AWS endpoint serves it. */
export interface AwsService {
  /** The part of `X-Amz-Target` before the dot, such as `AmazonSQS`. */
  readonly targetPrefix: string;
  /** The service's JSON protocol: 1.0 for SQS and DynamoDB, 1.1 for EventBridge, KMS and ECS. */
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  readonly operations: Readonly<Record<string, AwsOperation>>;
}

/** A refusal in the service's own words; answered as `{__type, message}` with `status`. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** The error's shape name, such as `QueueDoesNotExist`. */
  readonly code: string;
  readonly status: number;
  /** The code of the older query protocol that SDKs still read from `x-amzn-query-error`. */
  readonly queryCode: string | undefined;

  constructor(code: string, message: string, options: { status?: number; queryCode?: string } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
    this.queryCode = options.queryCode;
  }
}
