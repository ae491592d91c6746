import { type Aim, defineBenchmark } from '../benchmark.ts';
import type { Progress } from '../progress.ts';
import { billOf, totalOf } from './bill.ts';
import type { CostResult } from './cost-result.ts';
import { countOwnStanding } from './count-standing.ts';
import { fitCounts } from './fit-counts.ts';
import { type MeteredStack, startMeteredStack } from './metered-stack.ts';
import { readPriceTable } from './price-table.ts';
import { renderCost } from './render-cost.ts';
import { type Traffic, traffics } from './traffic.ts';

const million = 1_000_000;
const eventsPriced = 1_000;
const eventsFitted = 200;
const dataBytesSmall = 300;
const dataBytesLarge = 6_000;
const webhooksMore = 3;
const aimUsd = 5;
const senderName = 'send-webhook';

type Runs = { readonly [Name in 'base' | 'large']: Awaited<ReturnType<MeteredStack['run']>> };

async function runEach(
  progress: Progress,
  work: (traffic: Traffic) => Promise<Runs>,
): Promise<Map<string, Runs>> {
  const found = new Map<string, Runs>();
  for (const traffic of traffics) {
    progress.update(`cost: ${traffic.text}`);
    found.set(traffic.name, await work(traffic));
  }
  return found;
}

async function measure(progress: Progress): Promise<CostResult> {
  const prices = readPriceTable();
  const standing = await countOwnStanding(() => undefined);
  const stack = await startMeteredStack(prices);
  try {
    await stack.addWebhooks(1);
    const alone = await runEach(progress, async (traffic) => ({
      base: await stack.run(traffic, { count: eventsPriced, dataBytes: dataBytesSmall }),
      large: await stack.run(traffic, { count: eventsFitted, dataBytes: dataBytesLarge }),
    }));
    await stack.addWebhooks(webhooksMore - 1);
    const results: CostResult['traffics'] = [];
    for (const traffic of traffics) {
      progress.update(`cost: ${traffic.text}, ${webhooksMore} webhooks`);
      const runs = alone.get(traffic.name);
      if (runs === undefined) continue;
      const more = await stack.run(traffic, { count: eventsFitted, dataBytes: dataBytesSmall });
      const { base } = runs;
      results.push({
        name: traffic.name,
        text: traffic.text,
        events: base.events,
        batches: Object.fromEntries(
          Object.entries(base.batches).map(([queue, { messages, receives }]) => [queue, messages / receives]),
        ),
        lines: billOf(prices, base.charges, million / base.events),
        fitted: fitCounts({ ...runs, more }),
      });
    }
    return {
      prices: { region: prices.region, dated: prices.dated },
      data_bytes: dataBytesSmall,
      sender_megabytes: stack.memoryMegabytes(senderName) ?? 0,
      standing,
      traffics: results,
    };
  } finally {
    await stack.stop();
  }
}

/** What a million events with one delivery each cost on AWS, by the requests that the stack makes for them. */
export const cost = defineBenchmark<CostResult>({
  name: 'cost',
  title: 'Cost on AWS: a million events with one delivery each',
  run: ({ progress }) => measure(progress),
  render: (result) => renderCost(result, readPriceTable()),
  aims: (result) => {
    const full = result.traffics.at(-1);
    const unheard = (full?.lines ?? []).filter(({ cause }) => cause === 'event');
    const aim = (text: string, usd: number): Aim => ({
      text: `${text}, full batches, nobody listening for hook_executed: $${usd.toFixed(2)}, at most $${aimUsd}`,
      met: full !== undefined && usd <= aimUsd,
    });
    return [
      aim('requests of a million deliveries', totalOf(unheard.filter(({ isRequest }) => isRequest))),
      aim('the whole bill of a million deliveries', totalOf(unheard)),
    ];
  },
});
