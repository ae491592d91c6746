import type { EventBuses } from '../eventbridge/event-buses.ts';
import type { StackPlace } from '../template/name-resource.ts';
import { type TaskRecord, toTaskStateChange } from './task-record.ts';

/** Tells the default bus of a task's new state; rejects when a rule's target did not take it. */
export function createAnnounceTask(options: {
  readonly buses: Pick<EventBuses, 'put'>;
  readonly place: StackPlace;
  readonly now: () => Date;
  readonly randomId: () => string;
}): (task: TaskRecord) => Promise<void> {
  const { buses, place } = options;
  return async (task) => {
    const [problem] = await buses.put([
      {
        busName: 'default',
        event: {
          version: '0',
          id: options.randomId(),
          'detail-type': 'ECS Task State Change',
          source: 'aws.ecs',
          account: place.accountId,
          time: `${options.now().toISOString().slice(0, 19)}Z`,
          region: place.region,
          resources: [task.taskArn],
          detail: toTaskStateChange(task),
        },
      },
    ]);
    if (problem !== undefined) throw new Error(problem);
  };
}
