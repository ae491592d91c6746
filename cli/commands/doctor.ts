import manifest from '../../package.json' with { type: 'json' };
import { openSocket } from '../../client/open-socket.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import type { Check } from '../doctor/check.ts';
import { createProbe } from '../doctor/probe.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { exitCodes } from '../exit-codes.ts';
import { toPrintable } from '../terminal.ts';

function renderCheck({ name, state, text, mend }: Check, { paint }: Context['terminal']): string[] {
  const colour = { ok: paint.green, warn: paint.yellow, fail: paint.red }[state];
  return [
    `${colour(state.padEnd(4))}  ${paint.bold(name.padEnd(8))}  ${toPrintable(text)}`,
    ...(mend === undefined ? [] : [`${' '.repeat(16)}${mend}`]),
  ];
}

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Checks the settings, the API, the key, the clocks and the live stream',
  args: [],
  details:
    'Each line is ok, warn or fail, and says how to mend it. Ends with 1 when one fails. It changes nothing.',
  options: {},
  examples: ['doctor', 'doctor --url https://abc.execute-api.eu-central-1.amazonaws.com --json'],
  async run({ terminal, settings, isJson, signal, now }) {
    const checks: Check[] = [];
    const found = runChecks({
      settings,
      probe: createProbe(settings.url.value, settings.key?.value, { fetch, now, signal }),
      openSocket,
      signal,
      own: { version: manifest.version, node: process.versions.node },
    });
    for await (const check of found) {
      checks.push(check);
      if (!isJson) for (const line of renderCheck(check, terminal)) terminal.print(line);
    }
    const isWell = checks.every(({ state }) => state !== 'fail');
    if (isJson) terminal.printJson({ ok: isWell, checks });
    return isWell ? exitCodes.ok : exitCodes.failed;
  },
});
