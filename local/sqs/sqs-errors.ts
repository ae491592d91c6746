import { AwsError } from '../aws/service.ts';

// The JSON protocol answers every client error of SQS with 400; the query codes are those of the service model.
const sender = (code: string, message: string, queryCode = code) =>
  new AwsError(code, message, { queryCode });

export const queueDoesNotExist = () =>
  sender(
    'QueueDoesNotExist',
    'The specified queue does not exist.',
    'AWS.SimpleQueueService.NonExistentQueue',
  );

export const queueNameExists = (attribute: string) =>
  sender(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
    'QueueAlreadyExists',
  );

export const invalidAddress = (address: string) =>
  sender('InvalidAddress', `The address ${address} is not valid for this endpoint: give a queue URL.`);

export const missingParameter = (name: string) =>
  sender('MissingParameter', `The request must contain the parameter ${name}.`);

export const invalidParameter = (message: string) => sender('InvalidParameterValue', message);

export const invalidValue = (parameter: string, value: unknown, reason: string) =>
  invalidParameter(
    `Value ${typeof value === 'string' ? value : JSON.stringify(value)} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );

export const invalidAttributeName = (message: string) => sender('InvalidAttributeName', message);

export const invalidAttributeValue = (attribute: string, reason: string) =>
  sender('InvalidAttributeValue', `Invalid value for the parameter ${attribute}. Reason: ${reason}`);

export const invalidMessageContents = () =>
  sender(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
  );

export const receiptHandleIsInvalid = (receiptHandle: string) =>
  sender(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
  );

export const messageNotInflight = () =>
  sender(
    'MessageNotInflight',
    'The specified message is not in flight.',
    'AWS.SimpleQueueService.MessageNotInflight',
  );

export const resourceNotFound = (message: string) => sender('ResourceNotFoundException', message);

export const unsupportedOperation = (message: string) =>
  sender('UnsupportedOperation', message, 'AWS.SimpleQueueService.UnsupportedOperation');

export const emptyBatchRequest = () =>
  sender(
    'EmptyBatchRequest',
    "The batch request doesn't contain any entries.",
    'AWS.SimpleQueueService.EmptyBatchRequest',
  );

export const tooManyEntries = (count: number, countMax: number) =>
  sender(
    'TooManyEntriesInBatchRequest',
    `Maximum number of entries per request are ${countMax}. You have sent ${count}.`,
    'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  );

export const invalidBatchEntryId = () =>
  sender(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    'AWS.SimpleQueueService.InvalidBatchEntryId',
  );

export const batchEntryIdsNotDistinct = (id: string) =>
  sender('BatchEntryIdsNotDistinct', `Id ${id} repeated.`, 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct');

export const batchRequestTooLong = (bytes: number, bytesMax: number) =>
  sender(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${bytesMax} bytes. You have sent ${bytes} bytes.`,
    'AWS.SimpleQueueService.BatchRequestTooLong',
  );
