/** One event's `data` plus envelope, serialised. EventBridge: 256 KB for all entries of one PutEvents call. */
export const eventBytesMax = 256 * 1024 - 2048;
/** Levels of objects and lists in an event's data. */
export const eventNestingMax = 100;
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
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const batchGetItemsMax = 100;
/** A hook script, in bytes; a DynamoDB item holds 400 KB. */
export const scriptBytesMax = 256 * 1024;
/** What the ledger keeps of each output stream or response body, in bytes. */
export const outputBytesMax = 4096;
/**
 * A webhook's or hook's filter as JSON; EventBridge takes no longer patterns.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const filterBytesMax = 4096;
export const webhookTimeoutSecondsMax = 30;
export const webhookTimeoutSecondsDefault = 10;
export const webhookRetryCountMax = 20;
export const webhookRetryCountDefault = 3;
export const hookTimeoutSecondsMax = 900;
export const hookTimeoutSecondsDefault = 30;
/** How long the test of a hook waits: an HTTP API gives up after 30 s, its function after 29, the rest is for the answer. */
export const hookTestWaitSecondsMax = 25;
/** The most worker tasks that a deployment may set for its hooks. */
export const hookWorkersMax = 50;
export const hookRetryCountMax = 20;
export const hookRetryCountDefault = 3;
/** Consecutive failed deliveries that disable a webhook, and failed runs that disable a hook. */
export const consecutiveFailuresMax = 10;
export const consecutiveFailuresLimit = 1000;
/** All waits of a retry schedule together, in seconds. */
export const retryScheduleSecondsMax = 3 * 24 * 60 * 60;
export const rateLimitMax = 1000;
export const maxInFlightMax = 100;
/** The key template of a webhook that gathers its events. */
export const coalesceKeyCharactersMax = 500;
/** Events that one digest stands for: those beyond make a further one. */
export const digestMembersMax = 10_000;
/** An answer that takes longer makes an endpoint slow, in milliseconds: its deliveries go by a lane of their own. */
export const lateAnswerMs = 500;
/** How long an endpoint stays in that lane after its first late answer, and after one in that lane, in milliseconds. */
export const slowLaneFirstMs = 5_000;
export const slowLaneMs = 60_000;
/** How long a sender trusts its copy of a webhook, in milliseconds. */
export const webhookCacheMs = 500;
/** A Retry-After beyond this many seconds is cut to it. */
export const retryAfterSecondsMax = 24 * 60 * 60;
/** The same event id published again within this time, in milliseconds, is the same event. */
export const idempotencyWindowMs = 24 * 60 * 60 * 1000;
/** Ledger rows live this long. */
export const ledgerRetentionDays = 30;
export const pageSizeDefault = 50;
export const pageSizeMax = 200;
/** Rows of one page of a list as JSON. A Lambda answers 6 MB, and JSON inside JSON may double. */
export const pageBytesMax = 2.5 * 1024 * 1024;
/** How long a function trusts its copy of a subscription, in milliseconds. */
export const subscriptionCacheMs = 2_000;
/** How long the list of a tenant's endpoints is trusted although no change was told of, in milliseconds. */
export const audienceCacheMs = 60_000;
/** How long an opened webhook secret stays in memory, in milliseconds. */
export const secretCacheMs = 5 * 60 * 1000;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const liveMessageBytesMax = 128 * 1024;
export const liveConnectionSecondsMax = 2 * 60 * 60;
/** Events that a viewer who comes back is told of at most: the newest. */
export const liveReplayEventsMax = 1000;
/** How long a ticket opens a connection, in seconds. */
export const liveTicketSeconds = 60;
/** The data of a progress event, in bytes: a message of one frame, which is one that API Gateway bills for. */
export const progressBytesMax = 31 * 1024;
/** States of one progress stream are told no faster than this, in milliseconds: ten a second. */
export const progressIntervalMs = 100;
/** How long a function trusts its copy of a tenant's scoring when nobody tells of a change, in milliseconds. */
export const scoringCacheMs = 60_000;
/** A weight is at most this many points, for or against. */
export const weightMagnitudeMax = 1000;
/** What a provider gains or loses by itself, in points. */
export const modifierMagnitudeMax = 100;
/** Providers with a modifier; they share one row, which every reader loads whole. */
export const providerModifiersMax = 200;
/** Matches of one candidate for a score. */
export const matchesMax = 100;
