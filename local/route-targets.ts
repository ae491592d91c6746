import type { SendToTarget } from './eventbridge/event-buses.ts';
import { createSendToQueue } from './eventbridge/send-to-queue.ts';
import { createInvokeAsync } from './lambda/invoke-async.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import type { Queues } from './sqs/open-queues.ts';
import type { StackModel } from './template/read-stack.ts';
import type { RuleModel } from './template/read-rule.ts';
import { TemplateError } from './template/template.ts';

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const retriesDefault = 2;

/** How a rule's target is reached: a queue or a function of the template. Throws TemplateError for any other. */
export function createRouteTargets(options: {
  readonly model: Pick<StackModel, 'queues' | 'asyncInvocations'>;
  readonly queues: Pick<Queues, 'send'>;
  readonly functions: readonly LocalFunction[];
  readonly now: () => Date;
  readonly stopping: AbortSignal;
}): (rule: RuleModel, target: RuleModel['targets'][number]) => SendToTarget {
  const { model, queues, functions, now, stopping } = options;

  const toQueue = (arn: string | undefined): SendToTarget | undefined => {
    const queue = model.queues.find((each) => each.arn === arn);
    return queue === undefined ? undefined : createSendToQueue(queues, queue.name);
  };

  return (rule, target) => {
    const queue = toQueue(target.arn);
    if (queue !== undefined) return queue;
    const called = functions.find((each) => each.arn === target.arn);
    if (called === undefined) {
      throw new TemplateError(
        rule.logicalId,
        'AWS::Events::Rule',
        `target ${target.arn} is neither a queue nor a function of the template; others are not emulated`,
      );
    }
    const invocation = model.asyncInvocations.find(
      ({ functionName }) => functionName === called.name || functionName === called.arn,
    );
    return createInvokeAsync({
      target: called,
      invocation: {
        retriesMax: invocation?.retriesMax ?? retriesDefault,
        onFailure: toQueue(invocation?.onFailureArn) ?? toQueue(target.deadLetterArn),
      },
      now,
      stopping,
    });
  };
}
