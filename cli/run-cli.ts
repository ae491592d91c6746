import { parseArgs } from 'node:util';
import { IdError } from '../client/call-route.ts';
import { SublarrEventsError } from '../client/client-error.ts';
import { isPossibleKey, SublarrEvents } from '../client/sublarr-events.ts';
import type { Command, Context } from './command.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { findSettings } from './find-settings.ts';
import { globalOptions } from './global-options.ts';
import { readSettings } from './read-settings.ts';
import type { Settings } from './read-settings.ts';
import { renderCommandHelp, renderOverview } from './render-help.ts';
import { toPrintable } from './terminal.ts';
import type { Paint, Terminal } from './terminal.ts';

interface Dependencies {
  readonly commands: readonly Command[];
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  /** Of this program. */
  readonly version: string;
  /** Where a box may keep its data. */
  readonly boxFolders: readonly string[];
  readonly readStdin: () => Promise<Buffer>;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** What the command line asks for. */
type Asked =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command; readonly args: readonly string[] };

const isOption = (word: string): boolean => word.startsWith('-') && word !== '-';

/** The command whose words come first, and the arguments after them. Throws `UsageError` when there is none. */
function findCommand(commands: readonly Command[], words: readonly string[], paint: Paint): Asked {
  const [first = '', second = ''] = words;
  const named = (name: string): Command | undefined => commands.find((command) => command.name === name);
  const two = isOption(second) ? undefined : named(`${first} ${second}`);
  if (two !== undefined) return { kind: 'command', command: two, args: words.slice(2) };
  const one = named(first);
  if (one !== undefined) return { kind: 'command', command: one, args: words.slice(1) };
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) {
    throw new UsageError(`There is no command ${JSON.stringify(first)}. Try --help.`);
  }
  if (words.some(isHelp)) {
    return { kind: 'help', text: renderOverview(commands, paint, first) };
  }
  const known = group.map(({ name }) => name.slice(first.length + 1)).join(', ');
  throw new UsageError(`${first} needs one of ${known}. Try "${first} --help".`);
}

/** The words with the global options that stand before the command moved behind it. */
export function moveOptionsBehind(words: readonly string[]): readonly string[] {
  const options: string[] = [];
  let rest = words;
  for (;;) {
    const [word = '', value] = rest;
    const [name, inline] = word.split('=', 2);
    const option = Object.entries(globalOptions).find(([known]) => `--${known}` === name)?.[1];
    if (option === undefined) return [...rest, ...options];
    const takesNext = option.type === 'string' && inline === undefined && value !== undefined;
    options.push(...rest.slice(0, takesNext ? 2 : 1));
    rest = rest.slice(takesNext ? 2 : 1);
  }
}

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';

const isGlobal = (word: string): boolean =>
  Object.hasOwn(globalOptions, word.split('=', 1)[0]?.slice(2) ?? '');

function readAsked({ commands, terminal, version }: Dependencies, given: readonly string[]): Asked {
  const [asking, ...topic] = given;
  const words = moveOptionsBehind(asking === 'help' ? [...topic, '--help'] : given);
  const [first] = words;
  if (first === '--version') return { kind: 'help', text: version };
  if (first === undefined || (isOption(first) && words.some(isHelp))) {
    return { kind: 'help', text: renderOverview(commands, terminal.paint) };
  }
  if (isGlobal(first)) throw new UsageError('Name a command. Try --help.');
  if (isOption(first)) throw new UsageError(`There is no option ${first}. Try --help.`);
  const asked = findCommand(commands, words, terminal.paint);
  return asked.kind === 'command' && asked.args.some(isHelp)
    ? { kind: 'help', text: renderCommandHelp(asked.command, terminal.paint) }
    : asked;
}

/** Throws `UsageError` for a key with a line break and the like, and for a URL that errors must not show. */
function requireUsable({ url, key, liveUrl }: Settings): void {
  if (key !== undefined && !isPossibleKey(key.value)) {
    throw new UsageError(`The key from ${key.place} holds characters that no key has, such as a blank.`);
  }
  for (const { value, place } of [url, ...(liveUrl === undefined ? [] : [liveUrl])]) {
    const parsed = URL.parse(value);
    if (parsed !== null && (parsed.username !== '' || parsed.password !== '')) {
      throw new UsageError(`The URL from ${place} holds a user name or a password: leave them out.`);
    }
  }
}

/** What follows an option as text. Throws `UsageError` when that is empty, as of a variable that is not set. */
function readText(value: unknown, name: string): string | undefined {
  if (value === '') throw new UsageError(`--${name} is empty.`);
  return typeof value === 'string' ? value : undefined;
}

function createClient(settings: Settings, { note }: Terminal, isJson: boolean): SublarrEvents {
  const { url, key, liveUrl } = settings;
  if (key === undefined) {
    const [warning = ''] = settings.warnings;
    throw new UsageError(
      `There is no API key. Give it with --key or in SUBLARR_EVENTS_KEY, or run this in the folder of the box. ${warning}`.trim(),
    );
  }
  try {
    return new SublarrEvents({
      url: url.value,
      key: key.value,
      liveUrl: liveUrl?.value,
      onRetry: ({ error, waitMs }) => {
        if (!isJson) note(`${toPrintable(error.message)} Trying again in ${(waitMs / 1000).toFixed(1)} s.`);
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message}.`, { cause: error });
    throw error;
  }
}

/** Says what went wrong, and which exit code that is. */
function tell(error: unknown, terminal: Terminal): ExitCode {
  terminal.clearStatus();
  if (error instanceof IdError) {
    terminal.note(`sublarr-events: ${error.message}.`);
    return exitCodes.usage;
  }
  if (error instanceof UsageError) {
    terminal.note(`sublarr-events: ${error.message}`);
    return exitCodes.usage;
  }
  if (error instanceof SublarrEventsError) {
    terminal.note(`sublarr-events: ${toPrintable(error.message)}`);
    for (const { field, message } of error.details) {
      if (!error.message.includes(message)) terminal.note(toPrintable(`  ${field}: ${message}`));
    }
    return exitCodes.failed;
  }
  throw error;
}

/** Runs one command line, without node and script, and answers the exit code. */
export async function runCli(words: readonly string[], dependencies: Dependencies): Promise<ExitCode> {
  const { terminal, environment, boxFolders, readStdin, signal, now } = dependencies;
  try {
    const asked = readAsked(dependencies, words);
    if (asked.kind === 'help') {
      terminal.print(asked.text.trimEnd());
      return exitCodes.ok;
    }
    const run = asked.command.prepare(asked.args);
    const { values } = parseArgs({ args: [...asked.args], options: globalOptions, strict: false });
    const flags = {
      url: readText(values.url, 'url'),
      key: readText(values.key, 'key'),
      'live-url': readText(values['live-url'], 'live-url'),
    };
    const settings = readSettings(findSettings(flags, environment, boxFolders));
    requireUsable(settings);
    const isJson = values.json === true;
    const context: Context = {
      terminal,
      environment,
      isJson,
      settings,
      client: () => createClient(settings, terminal, isJson),
      readStdin,
      signal,
      now,
    };
    return await run(context);
  } catch (error) {
    return signal.aborted ? exitCodes.interrupted : tell(error, terminal);
  }
}
