import { ApiError } from '../../shared/api-error.ts';
import type { DeadLetters, DeadLetterState } from '../../shared/aws/dead-letters.ts';
import { redriveFieldsSchema } from '../../shared/redrive-fields.ts';
import { readOptionalBody } from '../../shared/read-optional-body.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { Log } from '../../shared/runtime/log.ts';

/** What a redrive came to for one queue. */
type Outcome = 'started' | 'already_running' | 'empty';

const viewQueue = ({ name, messages, redrive }: DeadLetterState) => ({
  name,
  messages,
  redrive:
    redrive === undefined
      ? null
      : {
          state: redrive.status.toLowerCase(),
          moved: redrive.moved,
          to_move: redrive.toMove ?? null,
          started_at: redrive.startedAt ?? null,
          reason: redrive.failure ?? null,
        },
});

/** The routes of what our own faults left behind: what lies there, and back with it to where it came from. */
export function createRedriveDeadLetters({
  deadLetters,
  log,
}: {
  readonly deadLetters: DeadLetters;
  readonly log: Log;
}) {
  const redriveOne = async (queue: DeadLetterState): Promise<Outcome> => {
    if (queue.redrive?.status === 'RUNNING') return 'already_running';
    if (queue.messages === 0) return 'empty';
    return (await deadLetters.redrive(queue)) ? 'started' : 'already_running';
  };

  return {
    async list(): Promise<HttpAnswer> {
      return { status: 200, body: { queues: (await deadLetters.list()).map(viewQueue) } };
    },

    async redrive({ tenant, body }: HttpRequest): Promise<HttpAnswer> {
      const { queue: wanted } = readOptionalBody(redriveFieldsSchema, body);
      const all = await deadLetters.list();
      const queues = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
      if (queues.length === 0) {
        const names = all.map(({ name }) => name).join(', ');
        throw new ApiError('not_found', `There is no dead-letter queue "${wanted}"; there are ${names}.`);
      }
      const outcomes = await Promise.all(
        queues.map(async (queue) => ({
          name: queue.name,
          messages: queue.messages,
          outcome: await redriveOne(queue),
        })),
      );
      for (const { name, messages, outcome } of outcomes) {
        if (outcome === 'started') {
          log.info('dead letters redriven', { tenant, count: messages, reason: name });
        }
      }
      return { status: 202, body: { queues: outcomes } };
    },
  };
}
