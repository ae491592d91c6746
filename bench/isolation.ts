import { type BenchContext, defineBenchmark } from './benchmark.ts';
import { createWebhooks } from './create-webhooks.ts';
import { type Spread, spreadOf } from './percentiles.ts';
import { publishPaced } from './publish.ts';
import { receiverPath } from './receiver-process.ts';
import { sampleEventName } from './sample-event.ts';
import { renderTable } from './table.ts';
import { withReceiver, withStack } from './with-parts.ts';

interface Run {
  /** Milliseconds from the answer of a publish request to the first byte at the fast endpoint. */
  readonly fast: Spread;
  readonly lostByFast: number;
  /** Deliveries that had reached the slow endpoint when the fast one had all of its own. */
  readonly reachedSlow: number;
}

interface Result {
  readonly perSecond: number;
  readonly deliveries: number;
  readonly alone: Run;
  readonly besideSlow: Run;
  /** p99 beside the slow endpoint over p99 alone. */
  readonly factor: number;
}

const perSecond = 50;
const deliveries = 1_000;
const warmUp = 500;
/** Longer than the slow endpoint takes: it succeeds, so that nothing disables it. */
const timeoutSeconds = 30;
const waitMs = 60_000;
const factorMax = 2;

async function measure(context: BenchContext, hasSlow: boolean): Promise<Run> {
  const { progress, profileDir } = context;
  return withReceiver((receiver) =>
    withStack({ storage: 'disk', profileDir }, async (_, api) => {
      const group = 'fast';
      const webhook = { eventName: sampleEventName, count: 1, timeoutSeconds };
      await createWebhooks(api, receiver, { ...webhook, group, behaviour: 'ok' });
      progress.update(`isolation: warming up, ${warmUp / perSecond} s`);
      await publishPaced(api, { first: 0, count: warmUp, perSecond });
      await receiver.expect(group, warmUp, waitMs);
      if (hasSlow) await createWebhooks(api, receiver, { ...webhook, group: 'slow', behaviour: 'hang' });

      progress.update(
        `isolation: ${hasSlow ? 'beside an endpoint that hangs 10 s' : 'alone'}, ${deliveries / perSecond} s`,
      );
      const published = await publishPaced(api, { first: warmUp, count: deliveries, perSecond });
      const tally = await receiver.expect(group, warmUp + deliveries, waitMs);
      const { arrived } = await receiver.tally('slow');
      const arrivedAt = (await receiver.arrivals(receiverPath(group, 'ok', 0))).subarray(warmUp);
      return {
        fast: spreadOf(
          published.flatMap(({ answeredAt }, number) => {
            const at = arrivedAt[number] ?? Number.NaN;
            return Number.isNaN(at) ? [] : [Math.max(0, at - answeredAt)];
          }),
        ),
        lostByFast: warmUp + deliveries - tally.accepted,
        reachedSlow: arrived,
      };
    }),
  );
}

const row = (name: string, { fast, lostByFast, reachedSlow }: Run) => [
  name,
  fast.p50,
  fast.p95,
  fast.p99,
  fast.max,
  lostByFast,
  reachedSlow,
];

export const isolation = defineBenchmark<Result>({
  name: 'isolation',
  title: `Isolation: ${deliveries} deliveries to a fast endpoint at ${perSecond}/s, alone and beside one that hangs 10 s, in ms`,
  run: async (context) => {
    const alone = await measure(context, false);
    const besideSlow = await measure(context, true);
    return { perSecond, deliveries, alone, besideSlow, factor: besideSlow.fast.p99 / alone.fast.p99 };
  },
  render: ({ alone, besideSlow, factor }) => [
    ...renderTable(
      ['the fast endpoint', 'p50', 'p95', 'p99', 'max', 'lost', 'had reached the slow one'],
      [row('alone', alone), row('beside the slow one', besideSlow)],
    ),
    `p99 beside the slow one is ${factor.toFixed(2)} times p99 alone.`,
  ],
  aims: ({ alone, besideSlow, factor }) => [
    { text: `p99 within ${factorMax} times of p99 alone`, met: factor <= factorMax },
    { text: 'the fast endpoint lost nothing', met: alone.lostByFast + besideSlow.lostByFast === 0 },
  ],
});
