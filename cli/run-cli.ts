import { parseArgs } from 'node:util';
import { SublarrEventsError } from '../client/client-error.ts';
import { SublarrEvents } from '../client/sublarr-events.ts';
import type { Command, Context } from './command.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { findSettings } from './find-settings.ts';
import { globalOptions } from './global-options.ts';
import { readSettings } from './read-settings.ts';
import type { Settings } from './read-settings.ts';
import { renderCommandHelp, renderOverview } from './render-help.ts';
import { createPaint, toPrintable } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface Dependencies {
  readonly commands: readonly Command[];
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
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
function findCommand(commands: readonly Command[], words: readonly string[]): Asked {
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
  if (words.includes('--help')) {
    return { kind: 'help', text: renderOverview(commands, createPaint(false), first) };
  }
  const known = group.map(({ name }) => name.slice(first.length + 1)).join(', ');
  throw new UsageError(`${first} needs one of ${known}. Try "${first} --help".`);
}

function readAsked({ commands, terminal }: Dependencies, words: readonly string[]): Asked {
  const [first] = words;
  if (first === undefined || first === 'help' || isOption(first)) {
    if (first !== undefined && !['--help', '-h', 'help'].includes(first)) {
      throw new UsageError('The command comes before its options. Try --help.');
    }
    return { kind: 'help', text: renderOverview(commands, terminal.paint) };
  }
  const asked = findCommand(commands, words);
  return asked.kind === 'command' && (asked.args.includes('--help') || asked.args.includes('-h'))
    ? { kind: 'help', text: renderCommandHelp(asked.command, terminal.paint) }
    : asked;
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
