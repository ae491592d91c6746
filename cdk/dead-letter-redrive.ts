import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Env as RedriveDeadLettersEnv } from '../functions/redrive-dead-letters/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';

interface DeadLetterRedriveProps {
  readonly api: HttpApi;
  readonly bundles: Bundles;
}

/**
 * Moves what lies in the DLQs of the stack's queues back to these queues. SQS cannot do so for what a rule or a function
 * left in a DLQ: those messages never were in a queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export class DeadLetterRedrive extends Construct {
  constructor(scope: Construct, id: string, { api, bundles }: DeadLetterRedriveProps) {
    super(scope, id);
    const pairs = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof QueueWithDlq)
      .flatMap((source) => {
        const deadLetters = source.deadLetterQueue?.queue;
        return deadLetters === undefined ? [] : { source, deadLetters };
      });
    const redriveDeadLetters = new NodeFunction<RedriveDeadLettersEnv>(this, 'redrive-dead-letters', {
      bundles,
      description: 'Tells what lies in the DLQs, and moves it back',
      timeout: httpTimeout,
      environment: {
        DEAD_LETTER_QUEUE_URLS: pairs.map(({ deadLetters }) => deadLetters.queueUrl).join(','),
      },
    });
    for (const { source, deadLetters } of pairs) {
      // SQS moves in the name of whoever asked, who must be allowed to receive, to delete and to send.
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
      deadLetters.grant(
        redriveDeadLetters,
        'sqs:StartMessageMoveTask',
        'sqs:ListMessageMoveTasks',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
      );
      source.grant(redriveDeadLetters, 'sqs:SendMessage');
    }
    api.serve(redriveDeadLetters, {
      '/api/v1/dead-letters': ['GET'],
      '/api/v1/dead-letters/redrive': ['POST'],
    });
  }
}
