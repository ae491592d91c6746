import type { Context, Options, Values } from './command.ts';
import { UsageError } from './exit-codes.ts';
import { readJson, readNames, readNumber, readObject } from './read-data.ts';

/** The options of what webhooks and hooks have in common. */
export const subscriberOptions = {
  name: { type: 'string', value: 'NAME', help: 'what you call it' },
  events: { type: 'string', value: 'NAMES', help: 'events, separated by commas, or * for all' },
  filter: { type: 'string', value: 'JSON', help: 'an event pattern: JSON, @file or -; null for none' },
  timeout: { type: 'string', value: 'SECONDS', help: 'how long one attempt may take' },
  retries: { type: 'string', value: 'N', help: 'how often it is tried again' },
  'retry-schedule': {
    type: 'string',
    value: 'SCHEDULE',
    help: 'exponential, standard, or the seconds before each retry: 5,60,600',
  },
  'failure-threshold': { type: 'string', value: 'N', help: 'failures in a row that disable it' },
  enabled: { type: 'boolean', help: 'enables it' },
  disabled: { type: 'boolean', help: 'disables it' },
  data: { type: 'string', value: 'JSON', help: 'any fields of the API: JSON, @file or -; other options win' },
} as const satisfies Options;

type Fields = Readonly<Record<string, unknown>>;

const definedOnly = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** A schedule by its name, or the seconds that it stands for: what else it may be, the API knows. */
function readSchedule(text: string | undefined): string | number[] | undefined {
  if (text === undefined || !/^\d+(,\d+)*$/.test(text)) return text;
  return text.split(',').map(Number);
}

/** The fields that the options stand for. The API checks them, and says what is wrong. Throws `UsageError`. */
export async function readFields(
  values: Values<typeof subscriberOptions>,
  own: Fields,
  { readStdin }: Pick<Context, 'readStdin'>,
): Promise<Fields> {
  const { name, events, filter, timeout, enabled, disabled, data } = values;
  if (enabled === true && disabled === true)
    throw new UsageError('--enabled and --disabled exclude each other.');
  if (filter === '-' && data === '-')
    throw new UsageError('Only one of --filter and --data can be read from stdin.');
  const given = data === undefined ? {} : await readObject(data, '--data', readStdin);
  const isSet = enabled === true || disabled === true;
  return {
    ...given,
    ...definedOnly({
      name,
      event_names: readNames(events),
      filter: filter === undefined ? undefined : await readJson(filter, '--filter', readStdin),
      timeout_seconds: readNumber(timeout, '--timeout'),
      retry_count: readNumber(values.retries, '--retries'),
      retry_schedule: readSchedule(values['retry-schedule']),
      failure_threshold: readNumber(values['failure-threshold'], '--failure-threshold'),
      enabled: isSet ? enabled === true : undefined,
      ...own,
    }),
  };
}

/** Headers given as `Name: value`. Throws `UsageError`. */
export function readHeaders(
  given: readonly string[] | undefined,
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    given.map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new UsageError('--header takes "Name: value".');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
}
