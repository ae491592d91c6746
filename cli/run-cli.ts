import { parseArgs } from 'node:util';
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

function readAsked({ commands, terminal, version }: Dependencies, given: readonly string[]): Asked {
  const words = moveOptionsBehind(given);
  const [first] = words;
  if (first === '--version') return { kind: 'help', text: version };
  if (first === undefined || first === 'help' || isHelp(first)) {
    return { kind: 'help', text: renderOverview(commands, terminal.paint) };
  }
  if (isOption(first)) throw new UsageError(`There is no option ${first}. Try --help.`);
  const asked = findCommand(commands, words, terminal.paint);
  return asked.kind === 'command' && asked.args.some(isHelp)
    ? { kind: 'help', text: renderCommandHelp(asked.command, terminal.paint) }
    : asked;
}

/** Throws `UsageError` for a key with a line break and the like. */
function requirePossibleKey({ key }: Settings): void {
  if (key !== undefined && !isPossibleKey(key.value)) {
    throw new UsageError(`The key from ${key.place} holds characters that no key has, such as a blank.`);
  }
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
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    const flags = { url: text(values.url), key: text(values.key), 'live-url': text(values['live-url']) };
    const settings = readSettings(findSettings(flags, environment, boxFolders));
    requirePossibleKey(settings);
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
    return signal.aborted ? exitCodes.failed : tell(error, terminal);
  }
}
