import { type BenchContext, defineBenchmark } from './benchmark.ts';
import { type Ceiling, measureCeiling } from './ceiling.ts';
import { createWebhooks } from './create-webhooks.ts';
import { forgetPeak, readProcessUse, waitUntilAtRest } from './process-meter.ts';
import { publishAll } from './publish.ts';
import type { ReceiverProcess } from './receiver-process.ts';
import { sampleEventName } from './sample-event.ts';
import { renderTable } from './table.ts';
import { withReceiver, withStack } from './with-parts.ts';

interface Case {
  readonly perRequest: number;
  readonly webhooks: number;
  readonly storage: 'disk' | 'memory';
}

interface Row extends Case {
  readonly events: number;
  readonly deliveries: number;
  readonly seconds: number;
  readonly publishSeconds: number;
  readonly deliveriesPerSecond: number;
  /** Of the ceiling. */
  readonly ratio: number;
  readonly cpuMsPerDelivery: number | undefined;
  readonly peakMb: number | undefined;
  readonly lost: number;
  readonly duplicates: number;
  readonly complaints: number;
}

interface Result {
  readonly ceiling: Ceiling & { readonly before: Ceiling; readonly after: Ceiling };
  readonly rows: readonly Row[];
}

const events = 5_000;
/** Deliveries before the clock starts: the ceiling is warm too. */
const warmUpDeliveries = 5_000;
const waitMs = 180_000;

const cases: readonly Case[] = [
  { perRequest: 1, webhooks: 1, storage: 'disk' },
  { perRequest: 10, webhooks: 1, storage: 'disk' },
  { perRequest: 100, webhooks: 1, storage: 'disk' },
  { perRequest: 1, webhooks: 10, storage: 'disk' },
  { perRequest: 10, webhooks: 10, storage: 'disk' },
  { perRequest: 10, webhooks: 1, storage: 'memory' },
];

const describeCase = ({ perRequest, webhooks, storage }: Case): string =>
  `${perRequest} per request, ${webhooks} ${webhooks === 1 ? 'webhook' : 'webhooks'}, ${storage}`;

async function measureCase(
  context: BenchContext,
  receiver: ReceiverProcess,
  each: Case,
): Promise<Omit<Row, 'ratio'>> {
  const { perRequest, webhooks, storage } = each;
  const { profileDir } = context;
  context.progress.update(`throughput: ${describeCase(each)}`);
  return withStack({ storage, profileDir }, async (stack, api) => {
    const group = `t${perRequest}x${webhooks}${storage}`;
    await createWebhooks(api, receiver, {
      group,
      behaviour: 'ok',
      eventName: sampleEventName,
      count: webhooks,
    });
    const warmUp = warmUpDeliveries / webhooks;
    await publishAll(api, { first: 0, count: warmUp, perRequest });
    await receiver.expect(group, warmUp * webhooks, waitMs);
    await waitUntilAtRest(stack.pid);

    forgetPeak(stack.pid);
    const before = readProcessUse(stack.pid);
    const { startedAt, answeredAt } = await publishAll(api, {
      first: warmUp,
      count: events,
      perRequest,
    });
    const expected = (warmUp + events) * webhooks;
    const tally = await receiver.expect(group, expected, waitMs);
    // What is written after a delivery arrived is its cost as well.
    await waitUntilAtRest(stack.pid);
    const after = readProcessUse(stack.pid);
    const final = await receiver.tally(group);

    const deliveries = tally.arrived - warmUp * webhooks;
    const seconds = (tally.lastAt - startedAt) / 1000;
    return {
      ...each,
      events,
      deliveries,
      seconds,
      publishSeconds: (answeredAt - startedAt) / 1000,
      deliveriesPerSecond: deliveries / seconds,
      cpuMsPerDelivery:
        before === undefined || after === undefined ? undefined : (after.cpuMs - before.cpuMs) / deliveries,
      peakMb: after?.peakMb,
      lost: expected - final.accepted,
      duplicates: final.duplicates,
      complaints: stack.complaints().length,
    };
  });
}

const find = (rows: readonly Row[], wanted: Case): Row | undefined =>
  rows.find(
    (row) =>
      row.perRequest === wanted.perRequest &&
      row.webhooks === wanted.webhooks &&
      row.storage === wanted.storage,
  );

export const throughput = defineBenchmark<Result>({
  name: 'throughput',
  title: `Throughput: ${events} events, from the first request to the last arrival`,

  run: (context) =>
    withReceiver(async (receiver) => {
      context.progress.update('throughput: the ceiling');
      const before = await measureCeiling(receiver, 'ceilingbefore');
      const measured: Omit<Row, 'ratio'>[] = [];
      for (const each of cases) {
        const row = await measureCase(context, receiver, each);
        context.progress.update(
          `throughput: ${describeCase(each)}: ${Math.round(row.deliveriesPerSecond)} deliveries/s`,
        );
        measured.push(row);
      }
      context.progress.update('throughput: the ceiling again');
      const after = await measureCeiling(receiver, 'ceilingafter');
      const perSecond = (before.perSecond + after.perSecond) / 2;
      const cpuMsPerPost = (before.cpuMsPerPost + after.cpuMsPerPost) / 2;
      return {
        ceiling: { perSecond, cpuMsPerPost, before, after },
        rows: measured.map((row) => ({ ...row, ratio: row.deliveriesPerSecond / perSecond })),
      };
    }),

  render: ({ ceiling, rows }) => [
    ...renderTable(
      [
        'case',
        'of ceiling',
        'deliveries/s',
        'CPU ms each',
        'CPU of ceiling',
        'peak MB',
        'seconds',
        'published in',
        'lost',
        'twice',
      ],
      [
        ['ceiling: bare loop', 1, ceiling.perSecond, ceiling.cpuMsPerPost, 1],
        ...rows.map((row) => [
          describeCase(row),
          row.ratio,
          row.deliveriesPerSecond,
          row.cpuMsPerDelivery,
          row.cpuMsPerDelivery === undefined ? undefined : row.cpuMsPerDelivery / ceiling.cpuMsPerPost,
          row.peakMb,
          row.seconds,
          row.publishSeconds,
          row.lost,
          row.duplicates,
        ]),
      ].map((cells) => Array.from({ length: 10 }, (_, column) => cells[column])),
    ),
    `The ceiling was ${Math.round(ceiling.before.perSecond)}/s before and ${Math.round(ceiling.after.perSecond)}/s after.`,
  ],

  aims: ({ rows }) => {
    const wanted = [
      { atLeast: 0.1, each: { perRequest: 1, webhooks: 1, storage: 'disk' } },
      { atLeast: 0.25, each: { perRequest: 10, webhooks: 1, storage: 'disk' } },
      { atLeast: 0.4, each: { perRequest: 10, webhooks: 10, storage: 'disk' } },
    ] as const;
    return [
      ...wanted.flatMap(({ atLeast, each }) =>
        [1, 2].map((times) => ({
          text: `${describeCase(each)}: at least ${(atLeast * times).toFixed(2)} of the ceiling${times === 2 ? ' (stretch)' : ''}`,
          met: (find(rows, each)?.ratio ?? 0) >= atLeast * times,
        })),
      ),
      { text: 'nothing lost', met: rows.every(({ lost }) => lost === 0) },
      { text: 'nothing twice', met: rows.every(({ duplicates }) => duplicates === 0) },
    ];
  },
});
