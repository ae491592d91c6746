import type { Job, ReplayCount } from '../../client/answers.ts';
import { pathOf } from '../../client/call-route.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { rangeOptions } from '../list-options.ts';
import { readNames, readNumber } from '../read-data.ts';
import { showCount } from '../show-count.ts';
import { kindOf } from '../../shared/endpoint.ts';

export const replay = defineCommand({
  name: 'replay',
  summary: 'Sends deliveries of a webhook, or runs the script of a hook, anew',
  args: ['ID'],
  details:
    'What was exhausted, refused or parked unless told; a delivery keeps its id, and a hook runs what it is pinned to now.',
  options: {
    ...rangeOptions,
    states: { type: 'string', value: 'NAMES', help: 'in these states, separated by commas' },
    events: { type: 'string', value: 'NAMES', help: 'of events of these names, separated by commas' },
    rate: { type: 'string', value: 'N', help: 'deliveries or runs a second at most' },
    'dry-run': { type: 'boolean', help: 'counts, and sends nothing' },
    'no-wait': { type: 'boolean', help: 'does not wait until all are on their way' },
  },
  examples: [
    'replay wh_01KA… --dry-run',
    'replay hk_01KA… --events batch_complete',
    'replay wh_01KA… --states exhausted --since 2026-11-22T00:00:00Z --rate 50',
  ],
  async run(context, { values, args: [id = ''] }) {
    const { signal } = context;
    const { since, until, states, events, rate } = values;
    const json = {
      since,
      until,
      states: readNames(states),
      event_names: readNames(events),
      rate_per_second: readNumber(rate, '--rate'),
    };
    const path = pathOf`/api/v1/${`${kindOf(id)}s`}/${id}/replay`;
    if (values['dry-run'] === true) {
      const request = {
        method: 'POST',
        path,
        json: { ...json, dry_run: true },
        isRepeatable: true,
        requires: ['total'],
      } as const;
      showCount(context, await context.client().call<ReplayCount>(request, { signal }));
      return exitCodes.ok;
    }
    const job = await context
      .client()
      .call<Job>({ method: 'POST', path, json, requires: ['id', 'state'] }, { signal });
    return followJob(context, job, values['no-wait'] !== true);
  },
});
