/** One event's `data` plus envelope, serialised. EventBridge: 256 KB for all entries of one PutEvents call. */
export const eventBytesMax = 256 * 1024 - 2048;
/** A publish request. A Lambda invocation takes 6 MB, and JSON inside JSON may double. */
export const requestBodyBytesMax = 2 * 1024 * 1024;
/** Events in one publish request. */
export const eventsPerRequestMax = 100;
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const putEventsEntriesMax = 10;
export const putEventsBytesMax = 256 * 1024;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export const queueBatchEntriesMax = 10;
export const queueBatchBytesMax = 1024 * 1024;
export const queueDelaySecondsMax = 900;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
export const batchWriteItemsMax = 25;
/** A hook script, in bytes; a DynamoDB item holds 400 KB. */
export const scriptBytesMax = 256 * 1024;
/** What the ledger keeps of each output stream or response body, in bytes. */
export const outputBytesMax = 4096;
export const webhookTimeoutSecondsMax = 30;
export const webhookTimeoutSecondsDefault = 10;
export const webhookRetryCountMax = 20;
export const webhookRetryCountDefault = 3;
export const hookTimeoutSecondsMax = 900;
export const hookTimeoutSecondsDefault = 30;
/** Consecutive failed deliveries that disable a webhook. */
export const consecutiveFailuresMax = 10;
/** A Retry-After beyond this many seconds is cut to it. */
export const retryAfterSecondsMax = 24 * 60 * 60;
/** Ledger rows live this long. */
export const ledgerRetentionDays = 30;
export const pageSizeDefault = 50;
export const pageSizeMax = 200;
/** How long a function trusts its copy of a subscription, in milliseconds. */
export const subscriptionCacheMs = 2_000;
/** How long an opened webhook secret stays in memory, in milliseconds. */
export const secretCacheMs = 5 * 60 * 1000;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const liveMessageBytesMax = 128 * 1024;
export const liveConnectionSecondsMax = 2 * 60 * 60;
