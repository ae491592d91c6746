import { AwsError } from '../aws/service.ts';
import type { Item } from './values/attribute-value.ts';

/** Why one item of a cancelled transaction did or did not let it pass. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  readonly Message?: string;
  readonly Item?: Item;
}

/** A refusal of DynamoDB's, with the members that its shape has beside the message. */
export class DynamoError extends AwsError {
  readonly details: { readonly Item?: Item; readonly CancellationReasons?: readonly CancellationReason[] };

  constructor(code: string, message: string, details: DynamoError['details'] = {}) {
    super(code, message);
    this.details = details;
  }
}

export const invalid = (message: string): DynamoError => new DynamoError('ValidationException', message);

export const invalidParameter = (message: string): DynamoError =>
  invalid(`One or more parameter values were invalid: ${message}`);

/** The request is JSON, but not of the operation's shape. */
export const unreadable = (message: string): DynamoError =>
  new DynamoError('SerializationException', message);

export const conditionFailed = (item?: Item): DynamoError =>
  new DynamoError(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    item === undefined ? {} : { Item: item },
  );

export const resourceNotFound = (message = 'Requested resource not found'): DynamoError =>
  new DynamoError('ResourceNotFoundException', message);

export const resourceInUse = (message: string): DynamoError =>
  new DynamoError('ResourceInUseException', message);

export const transactionCanceled = (reasons: readonly CancellationReason[]): DynamoError =>
  new DynamoError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );

export const idempotentParameterMismatch = (): DynamoError =>
  new DynamoError(
    'IdempotentParameterMismatchException',
    'The client request token was used before, for other writes',
  );
