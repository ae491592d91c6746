import { setTimeout as delay } from 'node:timers/promises';
import { type Api, connections } from './api.ts';
import { type BenchContext, defineBenchmark } from './benchmark.ts';
import { createWebhooks } from './create-webhooks.ts';
import { slopeOf } from './linear-trend.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { readProcessUse } from './process-meter.ts';
import { publishAll, publishBody } from './publish.ts';
import { openQueueDepths, type QueueDepths } from './queue-depths.ts';
import type { ReceiverProcess } from './receiver-process.ts';
import { sampleEventName } from './sample-event.ts';
import type { StackProcess } from './stack-process.ts';
import { renderTable } from './table.ts';
import { withReceiver, withStack } from './with-parts.ts';

interface Sample {
  readonly minute: number;
  readonly residentMb: number | undefined;
  readonly queued: number;
  readonly deadLetters: number;
  /** Deliveries that are published and did not arrive yet. */
  readonly behind: number;
}

interface Result {
  readonly minutes: number;
  readonly fullDeliveriesPerSecond: number;
  readonly eventsPerSecond: number;
  readonly deliveries: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly hanging: { readonly deliveries: number; readonly lost: number };
  readonly samples: readonly Sample[];
  readonly memory: {
    readonly middleMb: number;
    readonly lastMb: number;
    readonly mbPerMinute: number;
  };
  readonly queue: { readonly middle: number; readonly last: number };
  readonly complaints: number;
}

/** 19 answer and one, 5 %, fails the first attempt of every delivery, which is tried again 2 s later. */
const webhooks = 20;
const flaky = 1;
const healthy = webhooks - flaky;
const perRequest = 10;
const load = 0.6;
const probeEvents = 2_000;
const warmUpEvents = 500;
const sampleMs = 5_000;
/** The endpoint that hangs takes 10 s for each; it hears of one event a second beside the load. */
const hangingEventName = 'translation_complete';
const hangingMs = 1_000;
const hangingTimeoutSeconds = 30;
const drainMs = 120_000;
/** More than this over the middle of the run is growth. */
const growthMax = 1.15;
const group = 'soak';
const hangingGroup = 'hanging';

/** What the stack does at most with the webhooks that answer, measured just before on the same, warm stack. */
async function measureFullSpeed(api: Api, receiver: ReceiverProcess): Promise<number> {
  await publishAll(api, { first: 0, count: warmUpEvents, perRequest });
  await receiver.expect(group, warmUpEvents * healthy, drainMs);
  const { startedAt } = await publishAll(api, { first: warmUpEvents, count: probeEvents, perRequest });
  const { lastAt } = await receiver.expect(group, (warmUpEvents + probeEvents) * healthy, drainMs);
  return (probeEvents * healthy * 1000) / (lastAt - startedAt);
}

/** Sends requests at a fixed rate until `endAt`; answers how many events went out. */
async function keepLoad(api: Api, eventsPerSecond: number, startedAt: number, endAt: number, counts: Counts) {
  const first = warmUpEvents + probeEvents;
  const inFlight = new Set<Promise<void>>();
  let requests = 0;
  while (monotonicMs() < endAt) {
    const due = Math.floor(((monotonicMs() - startedAt) * eventsPerSecond) / 1000 / perRequest);
    // A stack that cannot follow is not piled upon without bound: it shows as fewer events.
    while (requests < due && inFlight.size < connections) {
      const sent: Promise<void> = api
        .publish(publishBody(first + requests * perRequest, perRequest))
        .finally(() => inFlight.delete(sent));
      sent.catch(() => undefined);
      inFlight.add(sent);
      requests += 1;
      counts.events = requests * perRequest;
    }
    await delay(5);
  }
  await Promise.all(inFlight);
}

async function keepHanging(api: Api, endAt: number, counts: Counts): Promise<void> {
  while (monotonicMs() < endAt) {
    await api.publish(publishBody(counts.hanging, 1, hangingEventName));
    counts.hanging += 1;
    await delay(hangingMs);
  }
}

interface Counts {
  events: number;
  hanging: number;
}

const deliveriesOf = ({ events }: Counts): number =>
  (warmUpEvents + probeEvents) * healthy + events * webhooks;

async function takeSample(
  parts: { readonly stack: StackProcess; readonly receiver: ReceiverProcess; readonly depths: QueueDepths },
  minute: number,
  counts: Counts,
): Promise<Sample> {
  const [depths, tally] = await Promise.all([parts.depths.read(), parts.receiver.tally(group)]);
  const sum = (isDeadLetter: boolean): number =>
    depths
      .filter(({ queue }) => /dlq|dead|unclosed/i.test(queue) === isDeadLetter)
      .reduce((total, { messages }) => total + messages, 0);
  return {
    minute,
    residentMb: readProcessUse(parts.stack.pid)?.residentMb,
    queued: sum(false),
    deadLetters: sum(true),
    behind: deliveriesOf(counts) - tally.accepted,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The second and the last third of a run: the first one belongs to warming up. */
function thirds(samples: readonly Sample[], pick: (sample: Sample) => number) {
  const third = Math.floor(samples.length / 3);
  return {
    middle: meanOf(samples.slice(third, 2 * third).map(pick)),
    last: meanOf(samples.slice(2 * third).map(pick)),
  };
}

async function run({ progress, profileDir, minutes }: BenchContext): Promise<Result> {
  return withReceiver((receiver) =>
    withStack({ storage: 'disk', profileDir }, async (stack, api) => {
      progress.update('soak: measuring the full speed');
      const loaded = { group, eventName: sampleEventName };
      await createWebhooks(api, receiver, { ...loaded, behaviour: 'ok', count: healthy });
      await createWebhooks(api, receiver, {
        group: hangingGroup,
        eventName: hangingEventName,
        behaviour: 'hang',
        count: 1,
        timeoutSeconds: hangingTimeoutSeconds,
      });
      const fullDeliveriesPerSecond = await measureFullSpeed(api, receiver);
      // Not before: at full speed retries stand behind all that was published at once, so that it would do nothing
      // but fail for seconds, and be left alone as a dead endpoint is.
      await createWebhooks(api, receiver, { ...loaded, behaviour: 'flaky', count: flaky });
      const eventsPerSecond = (fullDeliveriesPerSecond * load) / webhooks;
      const depths = await openQueueDepths(stack);
      const counts: Counts = { events: 0, hanging: 0 };
      const samples: Sample[] = [];
      const startedAt = monotonicMs();
      const endAt = startedAt + minutes * 60_000;
      const keepSampling = async (): Promise<void> => {
        while (monotonicMs() < endAt) {
          await delay(Math.min(sampleMs, Math.max(0, endAt - monotonicMs())));
          const minute = (monotonicMs() - startedAt) / 60_000;
          const sample = await takeSample({ stack, receiver, depths }, minute, counts);
          samples.push(sample);
          progress.update(
            `soak: minute ${minute.toFixed(1)} of ${minutes}, ${Math.round(eventsPerSecond)} events/s, ${Math.round(sample.residentMb ?? 0)} MB, ${sample.queued} queued`,
          );
        }
      };
      try {
        await Promise.all([
          keepLoad(api, eventsPerSecond, startedAt, endAt, counts),
          keepHanging(api, endAt, counts),
          keepSampling(),
        ]);
      } finally {
        depths.close();
      }
      progress.update('soak: waiting for the rest');
      const published = deliveriesOf(counts);
      const tally = await receiver.expect(group, published, drainMs);
      const hanging = await receiver.expect(hangingGroup, counts.hanging, drainMs);
      const memory = thirds(samples, ({ residentMb = Number.NaN }) => residentMb);
      const second = samples.slice(Math.floor(samples.length / 3));
      return {
        minutes,
        fullDeliveriesPerSecond,
        eventsPerSecond,
        deliveries: counts.events * webhooks,
        lost: published - tally.accepted,
        duplicates: tally.duplicates,
        hanging: { deliveries: counts.hanging, lost: counts.hanging - hanging.accepted },
        samples,
        memory: {
          middleMb: memory.middle,
          lastMb: memory.last,
          mbPerMinute: slopeOf(
            second.map(({ minute, residentMb = Number.NaN }) => ({ x: minute, y: residentMb })),
          ),
        },
        queue: thirds(samples, ({ queued }) => queued),
        complaints: stack.complaints().length,
      };
    }),
  );
}

const shownSamples = 12;

export const soak = defineBenchmark<Result>({
  name: 'soak',
  title: `Soak: ${load * 100} % of full speed to ${webhooks} webhooks, ${flaky} of them failing every first attempt, and one that hangs 10 s`,
  run,
  render: (result) => {
    const every = Math.max(1, Math.ceil(result.samples.length / shownSamples));
    return [
      `${result.minutes} min at ${Math.round(result.eventsPerSecond)} events/s; full speed ${Math.round(result.fullDeliveriesPerSecond)} deliveries/s.`,
      ...renderTable(
        ['minute', 'resident MB', 'in queues', 'dead letters', 'behind'],
        result.samples
          .filter((_, index) => index % every === every - 1)
          .map(({ minute, residentMb, queued, deadLetters, behind }) => [
            minute.toFixed(1),
            residentMb,
            queued,
            deadLetters,
            behind,
          ]),
      ),
      `${result.deliveries} deliveries, ${result.lost} lost, ${result.duplicates} twice; hanging: ${result.hanging.deliveries}, ${result.hanging.lost} lost; ${result.memory.mbPerMinute.toFixed(2)} MB per minute after the first third.`,
    ];
  },
  aims: ({ memory, queue, lost, hanging, samples }) => [
    {
      text: `memory flat: the last third at most ${growthMax} times the middle one`,
      met: memory.lastMb <= memory.middleMb * growthMax,
    },
    {
      text: 'queues do not grow: the last third no deeper than the middle one, within a tenth and 100 messages',
      met: queue.last <= queue.middle * 1.1 + 100,
    },
    { text: 'no dead letters', met: (samples.at(-1)?.deadLetters ?? 0) === 0 },
    { text: 'nothing lost', met: lost + hanging.lost === 0 },
  ],
});
