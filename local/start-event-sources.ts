import { type EventSource, startEventSource } from './lambda/event-source.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import { createPolledQueue } from './lambda/polled-queue.ts';
import type { Log } from './log.ts';
import type { Queues } from './sqs/open-queues.ts';
import type { StackPlace } from './template/name-resource.ts';
import type { StackModel } from './template/read-stack.ts';
import { TemplateError } from './template/template.ts';

/** Starts a poller for every event source mapping. Throws TemplateError for one that names an unknown end. */
export function startEventSources(options: {
  readonly model: Pick<StackModel, 'eventSources' | 'queues'>;
  readonly functions: readonly LocalFunction[];
  readonly queues: Pick<Queues, 'receive' | 'deleteBatch'>;
  readonly place: StackPlace;
  readonly log: Log;
}): EventSource {
  const { model, functions, queues, place, log } = options;
  const wired = model.eventSources.map((mapping) => {
    const queue = model.queues.find(({ arn }) => arn === mapping.queueArn);
    const target = functions.find(
      ({ name, arn }) => name === mapping.functionName || arn === mapping.functionName,
    );
    if (queue === undefined || target === undefined) {
      const missing = queue === undefined ? mapping.queueArn : mapping.functionName;
      throw new TemplateError(
        mapping.logicalId,
        'AWS::Lambda::EventSourceMapping',
        `${missing} is not in the template`,
      );
    }
    return {
      ...mapping,
      batchingWindowMs: mapping.batchingWindowSeconds * 1000,
      queue: createPolledQueue(queues, queue, place),
      target,
      log,
    };
  });
  const sources = wired.map(startEventSource);
  return {
    stop: async () => {
      await Promise.all(sources.map((source) => source.stop()));
    },
  };
}
