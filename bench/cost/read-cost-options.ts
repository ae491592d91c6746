import { parseArgs } from 'node:util';
import type { Load } from './monthly-bill.ts';
import { traffics } from './traffic.ts';

export interface CostOptions {
  readonly load: Load;
  /** The name of a kind of traffic. */
  readonly traffic: string;
}

export type ReadCostOptions =
  | { readonly kind: 'show'; readonly options: CostOptions }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly problem: string };

const dataBytesMax = 250_000;
const trafficDefault = 'tens';

const known = {
  events: { type: 'string', default: '1000000' },
  webhooks: { type: 'string', default: '1' },
  size: { type: 'string', default: '300' },
  traffic: { type: 'string', default: trafficDefault },
  'receiver-ms': { type: 'string', default: '100' },
  viewers: { type: 'string', default: '0' },
  'without-hook-executed': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const help = `What a deployment would cost a month on AWS.

  npm run cost -- [options]

  --events N               events a month (1000000)
  --webhooks M             webhooks that get each of them (1)
  --size BYTES             bytes of an event's data as JSON (300)
  --traffic KIND           how events come in (${trafficDefault}):
${traffics.map(({ name, text }) => `                             ${name.padEnd(10)}${text}`).join('\n')}
  --receiver-ms MS         how long a receiver takes to answer (100)
  --viewers N              live viewers that watch all the time (0)
  --without-hook-executed  keep hook_executed off the bus
  --help                   this text

The counts are those that "npm run bench -- cost" measured; without bench/results.json, run that first.
Prices are in bench/cost/prices, without free tiers, taxes and hook scripts. A retry costs another delivery.
`;

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false });

class Problem extends Error {}

function whole(option: string, text: string, max: number): number {
  const value = Number(text.replaceAll('_', ''));
  if (!/^[\d_]+$/.test(text) || value > max) {
    throw new Problem(
      `--${option} must be a whole number from 0 to ${max.toLocaleString('en')}, not ${JSON.stringify(text)}.`,
    );
  }
  return value;
}

/** Reads the command line (without node and script). */
export function readCostOptions(args: readonly string[]): ReadCostOptions {
  let values: ReturnType<typeof parse>['values'];
  try {
    ({ values } = parse(args));
  } catch (error) {
    return { kind: 'invalid', problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help) return { kind: 'help', text: help };
  if (!traffics.some(({ name }) => name === values.traffic)) {
    const names = traffics.map(({ name }) => name).join(', ');
    return {
      kind: 'invalid',
      problem: `--traffic must be one of ${names}, not ${JSON.stringify(values.traffic)}.`,
    };
  }
  try {
    return {
      kind: 'show',
      options: {
        traffic: values.traffic,
        load: {
          events: whole('events', values.events, 1e12),
          webhooks: whole('webhooks', values.webhooks, 10_000),
          dataBytes: whole('size', values.size, dataBytesMax),
          receiverMs: whole('receiver-ms', values['receiver-ms'], 30_000),
          viewers: whole('viewers', values.viewers, 100_000),
          tellsExecutions: !values['without-hook-executed'],
        },
      },
    };
  } catch (error) {
    if (error instanceof Problem) return { kind: 'invalid', problem: error.message };
    throw error;
  }
}
