import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endChild, keepWithParent } from './child-processes.ts';
import { type Answer, answerSchema, type Question, type Tally } from './receiver-messages.ts';

/** How a path of the receiver answers: at once, after 10 s, or with 503 on the first attempt of each delivery. */
export type Behaviour = 'ok' | 'hang' | 'flaky';

/** The receiver, in a process of its own. */
export interface ReceiverProcess {
  readonly origin: string;
  readonly pid: number;
  /** Resolves once a group accepted `count` deliveries, or with what it has after `waitMs`. */
  expect(group: string, count: number, waitMs: number): Promise<Tally>;
  /** What a group has so far. */
  tally(group: string): Promise<Tally>;
  /** When each event arrived first at a path, by its number, on the monotonic clock; NaN: it did not. */
  arrivals(path: string): Promise<Float64Array>;
  stop(): Promise<void>;
}

export const receiverPath = (group: string, behaviour: Behaviour, number: number): string =>
  `/${group}/${behaviour}/${number}`;

export async function startReceiverProcess(): Promise<ReceiverProcess> {
  const child = keepWithParent(
    fork(join(import.meta.dirname, 'receiver.ts'), { serialization: 'advanced', execArgv: [] }),
  );
  const pending = new Map<number, (message: Answer) => void>();
  let lastQuestion = 0;
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`The receiver ended with code ${String(code)}`);
  });
  failed.catch(() => undefined);
  const [first] = await Promise.race([once(child, 'message'), failed]);
  const hello = answerSchema.parse(first);
  if (hello.kind !== 'listening') throw new Error('The receiver did not say where it listens');
  child.on('message', (message) => {
    const answer = answerSchema.parse(message);
    if (answer.kind === 'listening') return;
    pending.get(answer.question)?.(answer);
    pending.delete(answer.question);
  });
  const ask = (make: (question: number) => Question): Promise<Answer> => {
    const question = ++lastQuestion;
    const answered = new Promise<Answer>((resolve) => {
      pending.set(question, resolve);
    });
    child.send(make(question));
    return Promise.race([answered, failed]);
  };
  const expect = async (group: string, count: number, waitMs: number): Promise<Tally> => {
    const answer = await ask((question) => ({ kind: 'expect', question, group, count, waitMs }));
    if (answer.kind !== 'tally') throw new Error('The receiver answered something else than a tally');
    return answer.tally;
  };
  return {
    origin: `http://127.0.0.1:${hello.port}`,
    pid: child.pid ?? 0,
    expect,
    tally: (group) => expect(group, 0, 0),
    arrivals: async (path) => {
      const answer = await ask((question) => ({ kind: 'arrivals', question, path }));
      if (answer.kind !== 'arrivals') throw new Error('The receiver answered something else than arrivals');
      return answer.at;
    },
    stop: () => endChild(child),
  };
}
