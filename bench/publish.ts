import type { Api } from './api.ts';
import { connections } from './api.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { runMany } from './run-many.ts';
import { dataOf, sampleEventName } from './sample-event.ts';

/** The body of a publish request with the events `first` … `first + count − 1`. */
export function publishBody(first: number, count: number, eventName: string = sampleEventName): string {
  const eventAt = (number: number) => ({
    event_name: eventName,
    data: dataOf(number),
  });
  return JSON.stringify(
    count === 1 ? eventAt(first) : Array.from({ length: count }, (_, each) => eventAt(first + each)),
  );
}

/**
 * Publishes `count` events as fast as the stack takes them, 64 requests at a time. Answers when the first request
 * went out, on the monotonic clock.
 */
export async function publishAll(
  api: Api,
  events: {
    readonly first: number;
    readonly count: number;
    readonly perRequest: number;
  },
): Promise<{ readonly startedAt: number; readonly answeredAt: number }> {
  const { first, count, perRequest } = events;
  const startedAt = monotonicMs();
  await runMany(Math.ceil(count / perRequest), connections, async (request) => {
    const done = request * perRequest;
    await api.publish(publishBody(first + done, Math.min(perRequest, count - done)));
  });
  return { startedAt, answeredAt: monotonicMs() };
}

/** Instants of one publish request on the monotonic clock, in milliseconds. */
export interface PublishInstants {
  /** When it should have gone out. */
  readonly dueAt: number;
  readonly answeredAt: number;
}

/**
 * Publishes `count` events at a fixed rate, whatever the answers do: a slow answer delays no later request, and each
 * is measured from when it was due, so that a pause shows in every event that it held up.
 */
export async function publishPaced(
  api: Api,
  events: {
    readonly first: number;
    readonly count: number;
    readonly perSecond: number;
  },
): Promise<readonly PublishInstants[]> {
  const { first, count, perSecond } = events;
  const startedAt = monotonicMs() + 5;
  const published: Promise<PublishInstants>[] = [];
  await new Promise<void>((resolve) => {
    const sendDue = (): void => {
      const now = monotonicMs();
      for (;;) {
        const dueAt = startedAt + (published.length * 1000) / perSecond;
        if (dueAt > now || published.length >= count) break;
        const body = publishBody(first + published.length, 1);
        const answered = api.publish(body).then(() => ({ dueAt, answeredAt: monotonicMs() }));
        // Awaited at the end; until then a refusal must not end the process.
        answered.catch(() => undefined);
        published.push(answered);
      }
      if (published.length >= count) resolve();
      else setTimeout(sendDue, 1);
    };
    sendDue();
  });
  return Promise.all(published);
}
