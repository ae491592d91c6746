import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.ts';
import { type BenchContext, defineBenchmark } from './benchmark.ts';
import { createWebhooks } from './create-webhooks.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { median } from './percentiles.ts';
import { forgetPeak, readProcessUse, waitUntilAtRest } from './process-meter.ts';
import { publishBody } from './publish.ts';
import type { ReceiverProcess } from './receiver-process.ts';
import { sampleEventName } from './sample-event.ts';
import type { StackProcess } from './stack-process.ts';
import { renderTable } from './table.ts';
import { withReceiver, withStack } from './with-parts.ts';

interface Row {
  readonly webhooks: number;
  /** From the publish request to the last arrival, of each event. */
  readonly seconds: readonly number[];
  readonly medianSeconds: number;
  readonly msPerDelivery: number;
  readonly cpuMsPerDelivery: number | undefined;
  readonly peakMb: number | undefined;
  readonly lost: number;
  readonly duplicates: number;
  /** What it took to create the webhooks that this row added, through the API. */
  readonly createdInSeconds: number;
}

const sizes = [100, 1_000, 10_000];
const eventsEach = 3;
/** Events before the first measured one, to the smallest number of webhooks. */
const warmUpEvents = 20;
const waitMs = 180_000;
/** Late duplicates show within this. */
const quietMs = 2_000;
/** How much dearer, in processor time, a delivery may be at the largest size than at the smallest, and still be called linear. */
const growthMax = 1.5;
const group = 'fanout';

async function measureSize(
  parts: { readonly stack: StackProcess; readonly api: Api; readonly receiver: ReceiverProcess },
  size: { readonly webhooks: number; readonly existing: number; readonly firstEvent: number },
  before: { readonly accepted: number; readonly duplicates: number },
): Promise<Omit<Row, 'createdInSeconds'>> {
  const { stack, api, receiver } = parts;
  const { webhooks, firstEvent } = size;
  await waitUntilAtRest(stack.pid);
  forgetPeak(stack.pid);
  const used = readProcessUse(stack.pid);
  const seconds: number[] = [];
  for (let event = 0; event < eventsEach; event++) {
    const startedAt = monotonicMs();
    await api.publish(publishBody(firstEvent + event, 1));
    const { lastAt } = await receiver.expect(group, before.accepted + (event + 1) * webhooks, waitMs);
    seconds.push((lastAt - startedAt) / 1000);
    await waitUntilAtRest(stack.pid);
  }
  const usedAfter = readProcessUse(stack.pid);
  await delay(quietMs);
  const tally = await receiver.tally(group);
  const medianSeconds = median(seconds);
  return {
    webhooks,
    seconds,
    medianSeconds,
    msPerDelivery: (medianSeconds * 1000) / webhooks,
    cpuMsPerDelivery:
      used === undefined || usedAfter === undefined
        ? undefined
        : (usedAfter.cpuMs - used.cpuMs) / (webhooks * eventsEach),
    peakMb: usedAfter?.peakMb,
    lost: webhooks * eventsEach - (tally.accepted - before.accepted),
    duplicates: tally.duplicates - before.duplicates,
  };
}

async function run({ progress, profileDir }: BenchContext): Promise<readonly Row[]> {
  return withReceiver((receiver) =>
    withStack({ storage: 'disk', profileDir }, async (stack, api) => {
      const rows: Row[] = [];
      let existing = 0;
      let nextEvent = 0;
      for (const webhooks of sizes) {
        progress.update(`fan-out: creating ${webhooks - existing} webhooks`);
        const createdFrom = monotonicMs();
        await createWebhooks(api, receiver, {
          group,
          behaviour: 'ok',
          eventName: sampleEventName,
          first: existing,
          count: webhooks - existing,
        });
        const createdInSeconds = (monotonicMs() - createdFrom) / 1000;
        if (nextEvent === 0) {
          for (; nextEvent < warmUpEvents; nextEvent++) await api.publish(publishBody(nextEvent, 1));
          await receiver.expect(group, warmUpEvents * webhooks, waitMs);
        }
        progress.update(`fan-out: ${eventsEach} events to ${webhooks} webhooks each`);
        const before = await receiver.tally(group);
        const row = await measureSize(
          { stack, api, receiver },
          { webhooks, existing, firstEvent: nextEvent },
          before,
        );
        rows.push({ ...row, createdInSeconds });
        nextEvent += eventsEach;
        existing = webhooks;
      }
      return rows;
    }),
  );
}

const growthOf = (rows: readonly Row[], figure: 'msPerDelivery' | 'cpuMsPerDelivery'): number =>
  (rows.at(-1)?.[figure] ?? Number.NaN) / (rows[0]?.[figure] ?? Number.NaN);

export const fanOut = defineBenchmark<readonly Row[]>({
  name: 'fan-out',
  title: `Fan-out: one event at a time to ${sizes.join(', ')} webhooks, median of ${eventsEach}`,
  run,
  render: (rows) => [
    ...renderTable(
      [
        'webhooks',
        'seconds',
        'ms per delivery',
        'CPU ms per delivery',
        'peak MB',
        'lost',
        'twice',
        'added in s',
      ],
      rows.map((row) => [
        String(row.webhooks),
        row.medianSeconds,
        row.msPerDelivery,
        row.cpuMsPerDelivery,
        row.peakMb,
        row.lost,
        row.duplicates,
        row.createdInSeconds,
      ]),
    ),
    `At the largest size a delivery costs ${growthOf(rows, 'cpuMsPerDelivery').toFixed(2)} times the processor time of one at the smallest, and takes ${growthOf(rows, 'msPerDelivery').toFixed(2)} times as long.`,
  ],
  aims: (rows) => [
    { text: 'nothing lost', met: rows.every(({ lost }) => lost === 0) },
    { text: 'nothing twice', met: rows.every(({ duplicates }) => duplicates === 0) },
    {
      text: `linear: a delivery costs at most ${growthMax} times the processor time at the largest size as at the smallest`,
      met: growthOf(rows, 'cpuMsPerDelivery') <= growthMax,
    },
  ],
});
