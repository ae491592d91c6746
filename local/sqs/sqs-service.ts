import type { AwsService } from '../aws/service.ts';
import { cancelMessageMoveTask } from './operations/cancel-message-move-task.ts';
import { changeMessageVisibility } from './operations/change-message-visibility.ts';
import { changeMessageVisibilityBatch } from './operations/change-message-visibility-batch.ts';
import { createQueue } from './operations/create-queue.ts';
import { deleteMessage } from './operations/delete-message.ts';
import { deleteMessageBatch } from './operations/delete-message-batch.ts';
import { deleteQueue } from './operations/delete-queue.ts';
import { getQueueAttributes } from './operations/get-queue-attributes.ts';
import { getQueueUrl } from './operations/get-queue-url.ts';
import { listDeadLetterSourceQueues } from './operations/list-dead-letter-source-queues.ts';
import { listMessageMoveTasks } from './operations/list-message-move-tasks.ts';
import { listQueues } from './operations/list-queues.ts';
import { purgeQueue } from './operations/purge-queue.ts';
import { receiveMessage } from './operations/receive-message.ts';
import { sendMessage } from './operations/send-message.ts';
import { sendMessageBatch } from './operations/send-message-batch.ts';
import { setQueueAttributes } from './operations/set-queue-attributes.ts';
import { startMessageMoveTask } from './operations/start-message-move-task.ts';
import type { SqsContext } from './sqs-context.ts';

/** The SQS JSON protocol on the queues of a file. The queues stay the caller's to close. */
export const createSqsService = (context: SqsContext): AwsService => ({
  targetPrefix: 'AmazonSQS',
  contentType: 'application/x-amz-json-1.0',
  operations: {
    CancelMessageMoveTask: cancelMessageMoveTask(context),
    ChangeMessageVisibility: changeMessageVisibility(context),
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch(context),
    CreateQueue: createQueue(context),
    DeleteMessage: deleteMessage(context),
    DeleteMessageBatch: deleteMessageBatch(context),
    DeleteQueue: deleteQueue(context),
    GetQueueAttributes: getQueueAttributes(context),
    GetQueueUrl: getQueueUrl(context),
    ListDeadLetterSourceQueues: listDeadLetterSourceQueues(context),
    ListMessageMoveTasks: listMessageMoveTasks(context),
    ListQueues: listQueues(context),
    PurgeQueue: purgeQueue(context),
    ReceiveMessage: receiveMessage(context),
    SendMessage: sendMessage(context),
    SendMessageBatch: sendMessageBatch(context),
    SetQueueAttributes: setQueueAttributes(context),
    StartMessageMoveTask: startMessageMoveTask(context),
  },
});
