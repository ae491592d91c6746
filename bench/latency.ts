import { type BenchContext, defineBenchmark } from './benchmark.ts';
import { createWebhooks } from './create-webhooks.ts';
import { type Spread, spreadOf } from './percentiles.ts';
import { publishPaced } from './publish.ts';
import { receiverPath } from './receiver-process.ts';
import { sampleEventName } from './sample-event.ts';
import { renderTable } from './table.ts';
import { withReceiver, withStack } from './with-parts.ts';

interface Result {
  readonly perSecond: number;
  readonly seconds: number;
  /** Milliseconds from the answer of a publish request to the first byte at the receiver; 0 when it was there first. */
  readonly answeredToArrival: Spread;
  /** Milliseconds from when the request was due to the first byte at the receiver. */
  readonly dueToArrival: Spread;
  /** Milliseconds from when the request was due to its answer. */
  readonly publish: Spread;
  readonly lost: number;
}

const perSecond = 50;
const seconds = 30;
const warmUpSeconds = 10;
const waitMs = 30_000;
const p50MsMax = 15;
const p99MsMax = 60;

async function run({ progress, profileDir }: BenchContext): Promise<Result> {
  return withReceiver((receiver) =>
    withStack({ storage: 'disk', profileDir }, async (_, api) => {
      const group = 'latency';
      await createWebhooks(api, receiver, { group, behaviour: 'ok', eventName: sampleEventName, count: 1 });
      const warmUp = warmUpSeconds * perSecond;
      progress.update(`latency: warming up, ${warmUpSeconds} s`);
      await publishPaced(api, { first: 0, count: warmUp, perSecond });
      await receiver.expect(group, warmUp, waitMs);

      const count = seconds * perSecond;
      progress.update(`latency: ${perSecond} events/s, ${seconds} s`);
      const published = await publishPaced(api, { first: warmUp, count, perSecond });
      const tally = await receiver.expect(group, warmUp + count, waitMs);
      const arrivedAt = (await receiver.arrivals(receiverPath(group, 'ok', 0))).subarray(warmUp);
      const latencies = (since: 'dueAt' | 'answeredAt'): Spread =>
        spreadOf(
          published.flatMap((instants, number) => {
            const at = arrivedAt[number] ?? Number.NaN;
            return Number.isNaN(at) ? [] : [Math.max(0, at - instants[since])];
          }),
        );
      return {
        perSecond,
        seconds,
        answeredToArrival: latencies('answeredAt'),
        dueToArrival: latencies('dueAt'),
        publish: spreadOf(published.map(({ dueAt, answeredAt }) => answeredAt - dueAt)),
        lost: warmUp + count - tally.accepted,
      };
    }),
  );
}

const row = (name: string, { p50, p95, p99, max }: Spread) => [name, p50, p95, p99, max];

export const latency = defineBenchmark<Result>({
  name: 'latency',
  title: `Latency at ${perSecond} events/s for ${seconds} s, one webhook, in ms`,
  run,
  render: (result) =>
    renderTable(
      ['from … to …', 'p50', 'p95', 'p99', 'max'],
      [
        row('publish answered … first byte at the receiver', result.answeredToArrival),
        row('publish due … first byte at the receiver', result.dueToArrival),
        row('publish due … answered', result.publish),
      ],
    ),
  aims: ({ answeredToArrival: { p50, p99 }, lost }) => [
    { text: `p50 under ${p50MsMax} ms`, met: p50 < p50MsMax },
    { text: `p99 under ${p99MsMax} ms`, met: p99 < p99MsMax },
    { text: 'nothing lost', met: lost === 0 },
  ],
});
