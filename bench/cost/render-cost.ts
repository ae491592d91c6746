import { renderTable } from '../table.ts';
import { type BillLine, totalOf } from './bill.ts';
import type { CostResult } from './cost-result.ts';
import { type PriceTable, usdOf } from './price-table.ts';

type TrafficResult = CostResult['traffics'][number];

const receiverMs = 100;
const million = 1_000_000;

/** Less than a tenth of a cent for a million events is not worth a line. */
const shownUsdMin = 0.001;

export const dollars = (usd: number): string => usd.toFixed(usd !== 0 && Math.abs(usd) < 0.1 ? 3 : 2);

const keyOf = ({ service, purpose, unit }: BillLine): string => [service, purpose, unit].join('|');

function renderLines(result: CostResult): string[] {
  const keys = new Map(
    result.traffics.flatMap(({ lines }) => lines.map((line) => [keyOf(line), line] as const)),
  );
  const usdIn = (traffic: TrafficResult, key: string): number =>
    totalOf(traffic.lines.filter((line) => keyOf(line) === key));
  const services = [...new Set(Array.from(keys.values(), ({ service }) => service))];
  const serviceUsd = (service: string): number =>
    totalOf((result.traffics.at(-1)?.lines ?? []).filter((line) => line.service === service));
  const rows = services
    .sort((one, other) => serviceUsd(other) - serviceUsd(one))
    .flatMap((service) => {
      const ofService = [...keys].filter(([, line]) => line.service === service);
      const usdMax = (key: string): number => Math.max(...result.traffics.map((each) => usdIn(each, key)));
      return [
        [
          service,
          ...result.traffics.map(({ lines }) =>
            dollars(totalOf(lines.filter((line) => line.service === service))),
          ),
        ],
        ...ofService
          .filter(([key]) => usdMax(key) >= shownUsdMin)
          .sort(([one], [other]) => usdMax(other) - usdMax(one))
          .map(([key, { purpose, unit }]) => [
            `  ${purpose} (${unit})`,
            ...result.traffics.map((each) => dollars(usdIn(each, key))),
          ]),
      ];
    });
  const totals = (text: string, isCounted: (line: BillLine) => boolean): string[] => [
    text,
    ...result.traffics.map(({ lines }) => dollars(totalOf(lines.filter(isCounted)))),
  ];
  return renderTable(
    ['USD for a million', ...result.traffics.map(({ name }) => name)],
    [
      ...rows,
      [],
      totals('requests alone', ({ isRequest }) => isRequest),
      totals('  without hook_executed, at most', ({ isRequest, cause }) => isRequest && cause === 'event'),
      totals('whole bill', () => true),
      totals('  without hook_executed, at most', ({ cause }) => cause === 'event'),
    ],
  );
}

/** Send-webhook runs as long as its slowest receiver: what that adds for a million. */
function receiverUsd(result: CostResult, traffic: TrafficResult, prices: PriceTable): number {
  const invocations = traffic.lines.find(
    ({ purpose, unit }) => purpose === 'send-webhook' && unit === prices.prices['lambda-invocation'].unit,
  );
  const seconds = ((invocations?.units ?? 0) * receiverMs) / 1000;
  return usdOf(prices, 'lambda-gb-second', seconds * (result.sender_megabytes / 1024));
}

/** The bill of each kind of traffic side by side, and what others charge. */
export function renderCost(result: CostResult, prices: PriceTable): string[] {
  const wholeBill = (traffic: TrafficResult): string => dollars(totalOf(traffic.lines));
  return [
    `Prices of ${result.prices.region}, read ${result.prices.dated}, without free tiers. Events with ${result.data_bytes} bytes of data.`,
    'Times of functions are measured here, as if each had run alone: a stand-in for those on Lambda.',
    'Idle polls, alarms and the KMS key come with the month, not with events: npm run cost has them.',
    'Invocations, deletes and log lines that hook_executed causes stand with the events: without it costs that or less.',
    '',
    ...result.traffics.map(
      ({ name, text, batches }) =>
        `${name}: ${text}; messages per batch: ${Object.entries(batches)
          .map(([queue, size]) => `${queue} ${size.toFixed(1)}`)
          .join(', ')}`,
    ),
    '',
    ...renderLines(result),
    '',
    ...renderTable(
      ['Beside it', ...result.traffics.map(({ name }) => name)],
      [
        [
          `receivers that take ${receiverMs} ms add`,
          ...result.traffics.map((each) => dollars(receiverUsd(result, each, prices))),
        ],
        ['sublarr-events, whole bill', ...result.traffics.map(wholeBill)],
        ...prices.peers.map(({ name, usdPerMillion }) => [
          name,
          ...result.traffics.map(() => dollars(usdPerMillion)),
        ]),
      ],
    ),
    ...prices.peers.map(({ name, note, source }) => `${name}: ${note} (${source})`),
    `A month with other numbers of events, webhooks and bytes than this ${million.toLocaleString('en')}: npm run cost -- --help`,
  ];
}
