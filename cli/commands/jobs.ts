import type { Job } from '../../client/answers.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { listOptions, readPage } from '../list-options.ts';
import type { Column } from '../render-table.ts';
import { showList, showOne } from '../show.ts';

const columns: readonly Column<Job>[] = [
  { head: 'BEGAN', cell: ({ created_at }) => created_at },
  { head: 'STATE', cell: ({ state }) => state },
  { head: 'SENT', cell: ({ done, total }) => `${done} of ${total ?? '?'}` },
  { head: 'FAILED', cell: ({ failed }) => String(failed) },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'OF', cell: ({ webhook_id, hook_id }) => webhook_id ?? hook_id ?? '-' },
];

export const jobCommands = [
  defineCommand({
    name: 'jobs list',
    summary: 'Lists replays, newest first',
    args: [],
    options: listOptions,
    examples: ['jobs list'],
    async run(context, { values }) {
      const { signal } = context;
      const answer = await context.client().jobs.list(readPage(values), { signal });
      showList(context, answer, answer.jobs, columns);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'jobs get',
    summary: 'Tells how far a job is',
    args: ['ID'],
    options: {},
    examples: ['jobs get job_01KA…'],
    async run(context, { args: [id = ''] }) {
      showOne(context, await context.client().jobs.get(id, { signal: context.signal }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'jobs watch',
    summary: 'Shows how far a job is until it ends',
    args: ['ID'],
    options: {},
    examples: ['jobs watch job_01KA…'],
    async run(context, { args: [id = ''] }) {
      return followJob(context, await context.client().jobs.get(id, { signal: context.signal }), true);
    },
  }),
  defineCommand({
    name: 'jobs cancel',
    summary: 'Cancels a job that is under way',
    args: ['ID'],
    options: {},
    examples: ['jobs cancel job_01KA…'],
    async run(context, { args: [id = ''] }) {
      showOne(context, await context.client().jobs.cancel(id, { signal: context.signal }));
      return exitCodes.ok;
    },
  }),
];
