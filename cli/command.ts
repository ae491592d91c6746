import { parseArgs } from 'node:util';
import type { SublarrEvents } from '../client/sublarr-events.ts';
import type { ExitCode } from './exit-codes.ts';
import { UsageError } from './exit-codes.ts';
import { globalOptions } from './global-options.ts';
import type { Settings } from './read-settings.ts';
import type { Terminal } from './terminal.ts';

/** An option of a command, as `parseArgs` takes it, and what its help says. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly help: string;
}
export type Options = Readonly<Record<string, Option>>;

/** The world as a command sees it. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the result is to be JSON. */
  readonly isJson: boolean;
  readonly settings: Settings;
  /** The client of the settings. Throws `UsageError` when there is no key. */
  readonly client: () => SublarrEvents;
  readonly readStdin: () => Promise<Buffer>;
  /** Says that the user wants it to stop. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** The values of options, as far as they were given. */
export type Values<Given extends Options> = {
  readonly [Name in keyof Given]?: ValueOf<Given[Name]> | undefined;
};
type ValueOf<Given extends Option> = Given['type'] extends 'boolean'
  ? boolean
  : Given extends { readonly multiple: true }
    ? readonly string[]
    : string;

/** What was given to a command. */
interface Input<Given extends Options> {
  readonly values: Values<Given>;
  readonly args: readonly string[];
}

/** A command as it is declared. */
interface Declaration<Given extends Options> {
  /** One word, or two: `webhooks list`. */
  readonly name: string;
  readonly summary: string;
  /** The names of what stands without an option; one in brackets may be left out. */
  readonly args: readonly string[];
  readonly options: Given;
  /** More than the summary says. */
  readonly details?: string;
  /** What follows the name of the program. */
  readonly examples: readonly string[];
  readonly run: (context: Context, input: Input<Given>) => Promise<ExitCode>;
}

/** A command that can be found, described and run. */
export interface Command extends Pick<
  Declaration<Options>,
  'name' | 'summary' | 'args' | 'options' | 'details' | 'examples'
> {
  /** Reads the arguments after its name, without the global options. Throws `UsageError`. */
  readonly prepare: (args: readonly string[]) => (context: Context) => Promise<ExitCode>;
}

function checkCount(name: string, names: readonly string[], given: readonly string[]): void {
  const needed = names.filter((each) => !each.startsWith('['));
  if (given.length < needed.length) {
    throw new UsageError(`${name} needs ${needed.slice(given.length).join(' and ')}.`);
  }
  if (given.length > names.length) {
    throw new UsageError(`${name} does not take ${JSON.stringify(given[names.length])}.`);
  }
}

/** Makes a command of its declaration. */
export function defineCommand<const Given extends Options>(declaration: Declaration<Given>): Command {
  const { run, options, ...described } = declaration;
  return {
    ...described,
    options,
    prepare: (args) => {
      const { values, positionals } = readArguments(args, options);
      checkCount(described.name, described.args, positionals);
      return (context) => run(context, { values, args: positionals });
    },
  };
}

/** What Node says of an option, in one line. */
function describeProblem(error: unknown): string {
  const [problem = '', ...advice] = (error instanceof Error ? error.message : String(error)).split(/\.\s/);
  // Of a value that begins with a dash it says how to give it; of an unknown option, how to give another thing.
  const isOfValue = error instanceof Error && 'code' in error && error.code === valueCode;
  const sentences = isOfValue
    ? [problem, ...advice.flatMap((text) => text.split('\n').slice(-1))]
    : [problem];
  return sentences.map((text) => `${text.replace(/\.$/, '')}.`).join(' ');
}

const valueCode = 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE';

/** Reads arguments, of which the global ones were read before and are let pass. Throws `UsageError`. */
function readArguments<const Given extends Options>(
  args: readonly string[],
  options: Given,
): { readonly values: Values<Given>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...args],
      options: { ...globalOptions, ...options },
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(describeProblem(error), { cause: error });
  }
}
