import { renderTable } from '../table.ts';
import { totalOf } from './bill.ts';
import type { CostResult } from './cost-result.ts';
import { type Load, standingLines, variableLines } from './monthly-bill.ts';
import type { PriceTable } from './price-table.ts';

const million = 1_000_000;
const linesShown = 12;

const group = (value: number): string => Math.round(value).toLocaleString('en');
const money = (usd: number): string =>
  usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** The month's bill: by service, the dearest lines, what stands, and what a million deliveries come to. */
export function renderMonth(
  prices: PriceTable,
  result: CostResult,
  traffic: CostResult['traffics'][number],
  load: Load,
): string[] {
  const lines = variableLines(prices, result, traffic, load);
  const standing = standingLines(prices, result);
  const deliveries = load.events * load.webhooks;
  const services = [...Map.groupBy(lines, ({ service }) => service)]
    .map(([service, own]) => ({ service, usd: totalOf(own) }))
    .sort((one, other) => other.usd - one.usd);
  const total = totalOf(lines) + totalOf(standing);
  const perMillion = deliveries === 0 ? undefined : (totalOf(lines) / deliveries) * million;
  return [
    `${group(load.events)} events a month, ${group(load.dataBytes)} bytes of data each, to ${group(load.webhooks)} webhooks: ${group(deliveries)} deliveries.`,
    `${traffic.text}; receivers answer in ${load.receiverMs} ms; hook_executed ${load.tellsExecutions ? 'on' : 'off'} the bus; ${load.viewers} viewers.`,
    `Prices of ${prices.region}, read ${prices.dated}, without free tiers.`,
    '',
    ...renderTable(
      ['', 'USD a month'],
      [
        ...services.map(({ service, usd }) => [service, money(usd)]),
        ...standing.map(({ text, usd }) => [`standing: ${text}`, money(usd)]),
        ['total', money(total)],
        ...(perMillion === undefined
          ? []
          : [['a million deliveries, without what stands', money(perMillion)]]),
      ],
    ),
    '',
    ...renderTable(
      ['The dearest lines', 'units', 'USD a month'],
      lines
        .slice(0, linesShown)
        .map(({ service, purpose, unit, units, usd }) => [
          `${service}: ${purpose} (${unit})`,
          units >= 100 ? group(units) : units.toFixed(2),
          money(usd),
        ]),
    ),
  ];
}
