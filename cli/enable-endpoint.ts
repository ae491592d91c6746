import type { EndpointKind } from '../shared/endpoint.ts';
import { defineCommand } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { readNumber } from './read-data.ts';
import { showCount } from './show-count.ts';

interface Words {
  /** What an id looks like. */
  readonly id: string;
  /** What a replay does with what was parked. */
  readonly replays: string;
  /** What it does so many a second. */
  readonly rate: string;
}

const words: Readonly<Record<EndpointKind, Words>> = {
  webhook: { id: 'wh_01KA…', replays: 'sends', rate: 'deliveries' },
  hook: { id: 'hk_01KA…', replays: 'runs', rate: 'runs' },
};

/** The command that enables endpoints of a kind. */
export const defineEnable = (kind: EndpointKind) => {
  const { id: exampleId, replays, rate } = words[kind];
  const name = `${kind}s enable`;
  return defineCommand({
    name,
    summary: `Enables a ${kind} as good as new`,
    args: ['ID'],
    options: {
      replay: {
        type: 'boolean',
        help: `${replays} what was parked while it was disabled, and waits for that`,
      },
      rate: { type: 'string', value: 'N', help: `${rate} a second at most` },
      'dry-run': { type: 'boolean', help: 'counts what is parked, and changes nothing' },
      'no-wait': { type: 'boolean', help: 'does not wait for the replay' },
    },
    examples: [`${name} ${exampleId}`, `${name} ${exampleId} --dry-run`, `${name} ${exampleId} --replay`],
    async run(context, { values, args: [id = ''] }) {
      const { terminal, isJson, signal } = context;
      const routes = context.client()[`${kind}s`];
      if (values['dry-run'] === true) {
        showCount(context, await routes.countParked(id, { signal }));
        return exitCodes.ok;
      }
      const rate_per_second = readNumber(values.rate, '--rate');
      const fields = {
        replay: values.replay ?? false,
        ...(rate_per_second === undefined ? {} : { rate_per_second }),
      };
      const answer = await routes.enable(id, fields, { signal });
      if (answer.job === null) {
        if (isJson) terminal.printJson(answer);
        else terminal.print(`${id} is enabled.`);
        return exitCodes.ok;
      }
      if (!isJson) terminal.note(`${id} is enabled.`);
      return followJob(context, answer.job, values['no-wait'] !== true);
    },
  });
};
