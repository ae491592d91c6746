import type { Command, Options } from './command.ts';
import { globalOptions } from './global-options.ts';
import type { Paint } from './terminal.ts';

const program = 'sublarr-events';

function renderOptions(options: Options): string[] {
  const heads = Object.entries(options).map(([name, { value }]) =>
    value === undefined ? `--${name}` : `--${name} ${value}`,
  );
  const width = Math.max(...heads.map((head) => head.length));
  return Object.values(options).map(({ help }, index) => `  ${heads[index]?.padEnd(width)}  ${help}`);
}

/** The help of one command. */
export function renderCommandHelp(command: Command, paint: Paint): string {
  const { name, summary, args, options, details, examples } = command;
  const hasOptions = Object.keys(options).length > 0;
  return [
    `${summary}.`,
    ...(details === undefined ? [] : ['', details]),
    '',
    `  ${program} ${[name, ...args].join(' ')}${hasOptions ? ' [options]' : ''}`,
    ...(hasOptions ? ['', paint.bold('Options'), ...renderOptions(options)] : []),
    '',
    paint.bold('Everywhere'),
    ...renderOptions(globalOptions),
    '',
    paint.bold('Examples'),
    ...examples.map((example) => `  ${example.startsWith('|') ? example.slice(1) : `${program} ${example}`}`),
    '',
  ].join('\n');
}

/** The commands that a first word stands for, or all of them. */
export function renderOverview(commands: readonly Command[], paint: Paint, group?: string): string {
  const shown = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `));
  const heads = shown.map(({ name, args }) => [name, ...args].join(' '));
  const width = Math.max(...heads.map((head) => head.length));
  return [
    group === undefined
      ? 'Publishes, watches and looks after events: signed webhooks, hook scripts, and what became of each.'
      : `What ${program} ${group} does.`,
    '',
    `  ${program} COMMAND [options]`,
    '',
    paint.bold('Commands'),
    ...shown.map(({ summary }, index) => `  ${heads[index]?.padEnd(width)}  ${summary}`),
    '',
    paint.bold('Everywhere'),
    ...renderOptions(globalOptions),
    '',
    paint.bold('Settings'),
    '  An option comes before the environment (SUBLARR_EVENTS_URL, SUBLARR_EVENTS_KEY, SUBLARR_EVENTS_LIVE_URL), and',
    '  that before ~/.config/sublarr-events/config.json: {"url": …, "key": …, "live_url": …}. On the box of "npm start",',
    '  run from its folder, none is needed.',
    '',
    paint.bold('Exit codes'),
    '  0  it was done',
    '  1  it could not be done; a signature that does not verify; a check that fails',
    '  2  the command line or the settings are wrong, and nothing was tried',
    '  3  it was begun, and had not ended when the wait for it was over',
    '  130  it was interrupted',
    '',
    `${program} COMMAND --help tells more, with examples.`,
    '',
  ].join('\n');
}
