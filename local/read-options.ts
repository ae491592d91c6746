import { parseArgs } from 'node:util';
import { tasksRunningMax } from './ecs/tasks.ts';
import { describeError } from './start-error.ts';

export interface CliOptions {
  /** Undefined: ephemeral. */
  readonly dataDir: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly isJson: boolean;
  readonly hookWorkers: number;
}

export type ReadOptions =
  | { readonly kind: 'start'; readonly options: CliOptions }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly problem: string };

const dataDirDefault = '.sublarr-events';
const hostDefault = '127.0.0.1';
const portDefault = 8484;

const help = `Runs sublarr-events on this machine.

  npm start -- [options]

  --data DIR    keep everything in this folder (${dataDirDefault})
  --ephemeral   keep nothing: all data goes when the stack stops
  --host H      address to listen on (${hostDefault})
  --port N      port of the API, 0 for a free one (${portDefault})
  --hook-workers N
                workers for hook scripts at a time, each runs 8 scripts at once (1)
  --json        print one line of JSON when ready, and logs to stderr
  --help        this text
`;

const known = {
  data: { type: 'string' },
  ephemeral: { type: 'boolean', default: false },
  host: { type: 'string', default: hostDefault },
  port: { type: 'string', default: String(portDefault) },
  'hook-workers': { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function invalid(problem: string): ReadOptions {
  return { kind: 'invalid', problem: `${problem} Try --help.` };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof known }>> {
  return parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false });
}

/** Reads the command line (without node and script). */
export function readOptions(args: readonly string[]): ReadOptions {
  let values: ReturnType<typeof parse>['values'];
  try {
    ({ values } = parse(args));
  } catch (error) {
    return invalid(`${describeError(error).split('. ')[0] ?? ''}.`);
  }
  if (values.help) return { kind: 'help', text: help };
  if (values.ephemeral && values.data !== undefined)
    return invalid('--data and --ephemeral exclude each other.');
  if (values.data === '') return invalid('--data needs a folder.');
  if (values.host === '') return invalid('--host needs an address.');
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
    return invalid(`--port must be a number from 0 to 65535, not ${JSON.stringify(values.port)}.`);
  }
  const hookWorkers = Number(values['hook-workers']);
  if (!/^\d{1,2}$/.test(values['hook-workers']) || hookWorkers < 1 || hookWorkers > tasksRunningMax) {
    return invalid(
      `--hook-workers must be a number from 1 to ${tasksRunningMax}, not ${JSON.stringify(values['hook-workers'])}.`,
    );
  }
  return {
    kind: 'start',
    options: {
      dataDir: values.ephemeral ? undefined : (values.data ?? dataDirDefault),
      host: values.host,
      port: Number(values.port),
      hookWorkers,
      isJson: values.json,
    },
  };
}
