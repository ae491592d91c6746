import type { Hook, HookTest } from '../../client/answers.ts';
import { pathOf } from '../../client/call-route.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { listOptions, readPage } from '../list-options.ts';
import { readObject } from '../read-data.ts';
import type { Column } from '../render-table.ts';
import { sendFields } from '../send-fields.ts';
import { showDone, showList, showOne } from '../show.ts';
import { readFields, subscriberOptions } from '../webhook-fields.ts';

const columns = ({ paint }: Context['terminal']): Column<Hook>[] => [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'NAME', cell: ({ name }) => name },
  {
    head: 'STATE',
    cell: ({ enabled }) => (enabled ? 'enabled' : 'disabled'),
    paint: (text, { enabled }) => (enabled ? paint.green(text) : paint.yellow(text)),
  },
  { head: 'SCRIPT', cell: ({ script, script_sha256 }) => `${script}@${script_sha256.slice(0, 8)}` },
  { head: 'LAST', cell: ({ last_status }) => last_status ?? '-' },
  { head: 'EVENTS', cell: ({ event_names }) => event_names.join(','), isCut: true },
];

const options = {
  ...subscriberOptions,
  script: { type: 'string', value: 'NAME', help: 'the script that it runs, pinned to what it holds now' },
} as const;

export const hookCommands = [
  defineCommand({
    name: 'hooks list',
    summary: 'Lists hooks',
    args: [],
    options: listOptions,
    examples: ['hooks list', 'hooks list --json'],
    async run(context, { values }) {
      const { signal } = context;
      const answer = await context.client().hooks.list(readPage(values), { signal });
      showList(context, answer, answer.hooks, columns(context.terminal));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'hooks get',
    summary: 'Shows a hook',
    args: ['ID'],
    options: {},
    examples: ['hooks get hk_01KA…'],
    async run(context, { args: [id = ''] }) {
      showOne(context, await context.client().hooks.get(id, { signal: context.signal }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'hooks create',
    summary: 'Subscribes a script',
    args: [],
    options,
    examples: ['hooks create --name score --events subtitle_downloaded --script score.sh --timeout 30'],
    async run(context, { values }) {
      const json = await readFields(values, { script: values.script }, context);
      showOne(context, await sendFields(context, { method: 'POST', path: '/api/v1/hooks', json }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'hooks update',
    summary: 'Changes the fields of a hook that are given',
    args: ['ID'],
    details: 'Naming the script moves the hook to what the script holds now.',
    options,
    examples: ['hooks update hk_01KA… --script score.sh', 'hooks update hk_01KA… --disabled'],
    async run(context, { values, args: [id = ''] }) {
      const json = await readFields(values, { script: values.script }, context);
      showOne(context, await sendFields(context, { method: 'PUT', path: pathOf`/api/v1/hooks/${id}`, json }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'hooks delete',
    summary: 'Deletes a hook',
    args: ['ID'],
    options: {},
    examples: ['hooks delete hk_01KA…'],
    async run(context, { args: [id = ''] }) {
      await context.client().hooks.delete(id, { signal: context.signal });
      showDone(context, `${id} is deleted.`);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'hooks test',
    summary: 'Runs a hook once now, also when it is disabled',
    args: ['ID'],
    details: 'Waits for what comes of it, up to 25 s, and ends with 1 when it failed.',
    options: {
      event: {
        type: 'string',
        value: 'NAME',
        help: 'the event; the first that it subscribes to unless told',
      },
      data: { type: 'string', value: 'JSON', help: 'the payload: JSON, @file or -; the sample unless told' },
    },
    examples: ['hooks test hk_01KA…', `hooks test hk_01KA… --event batch_complete --data '{"total": 3}'`],
    async run(context, { values, args: [id = ''] }) {
      const { event, data } = values;
      const json = {
        event_name: event,
        data: data === undefined ? undefined : await readObject(data, '--data', context.readStdin),
      };
      const request = { method: 'POST', path: pathOf`/api/v1/hooks/${id}/test`, json } as const;
      const tested = await context.client().call<HookTest>(request, { signal: context.signal });
      showOne(context, { ...tested });
      return tested.run?.success === false ? exitCodes.failed : exitCodes.ok;
    },
  }),
];
