import type { Hook, HookTest } from '../../client/answers.ts';
import { pathOf } from '../../client/call-route.ts';
import type { Context, Values } from '../command.ts';
import { defineCommand } from '../command.ts';
import { defineEnable } from '../enable-endpoint.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { findVersion, versionOption } from '../find-version.ts';
import { listOptions, readPage } from '../list-options.ts';
import { readNumber, readObject } from '../read-data.ts';
import type { Column } from '../render-table.ts';
import { sendFields } from '../send-fields.ts';
import { showDelivery } from '../show-delivery.ts';
import { showDone, showList, showOne } from '../show.ts';
import { spinWhile } from '../spin-while.ts';
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
  version: versionOption,
} as const;

/** @param findScript the script of the hook when the options name none */
async function readHook(
  values: Values<typeof options>,
  context: Context,
  findScript: () => Promise<string>,
): Promise<Readonly<Record<string, unknown>>> {
  const json = await readFields(values, { script: values.script }, context);
  if (values.version === undefined) return json;
  const { script } = json;
  const find = typeof script === 'string' ? async () => script : findScript;
  return { ...json, script_sha256: await findVersion(context, values.version, find) };
}

const waitSecondsDefault = 60;

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
    examples: [
      'hooks create --name score --events subtitle_downloaded --script score.sh --timeout 30',
      'hooks create --name score --events batch_complete --script score.sh --version 1f3a9c04 --retry-schedule 5,60',
    ],
    async run(context, { values }) {
      const json = await readHook(values, context, async () => {
        throw new UsageError('--version needs --script: the script that it is a version of.');
      });
      showOne(context, await sendFields(context, { method: 'POST', path: '/api/v1/hooks', json }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'hooks update',
    summary: 'Changes the fields of a hook that are given',
    args: ['ID'],
    details:
      'Naming the script alone moves the hook to what the script holds now; --version, with it or alone, to that one.',
    options,
    examples: [
      'hooks update hk_01KA… --script score.sh',
      'hooks update hk_01KA… --version 1f3a9c04',
      'hooks update hk_01KA… --disabled',
    ],
    async run(context, { values, args: [id = ''] }) {
      const json = await readHook(values, context, async () => {
        const hook = await context.client().hooks.get(id, { signal: context.signal });
        return hook.script;
      });
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
  defineEnable('hook'),
  defineCommand({
    name: 'hooks test',
    summary: 'Runs a hook once now, also when it is disabled',
    args: ['ID'],
    details:
      'Waits for what comes of it. Ends with 1 when it failed, and with 3 when it has not ended by then.',
    options: {
      event: {
        type: 'string',
        value: 'NAME',
        help: 'the event; the first that it subscribes to unless told',
      },
      data: { type: 'string', value: 'JSON', help: 'the payload: JSON, @file or -; the sample unless told' },
      wait: {
        type: 'string',
        value: 'SECONDS',
        help: `how long to wait, ${waitSecondsDefault} unless told; 0 for not at all`,
      },
    },
    examples: [
      'hooks test hk_01KA…',
      'hooks test hk_01KA… --wait 300',
      `hooks test hk_01KA… --event batch_complete --data '{"total": 3}'`,
    ],
    async run(context, { values, args: [id = ''] }) {
      const { event, data, wait } = values;
      const { terminal, isJson, signal } = context;
      const fields = {
        event_name: event,
        data: data === undefined ? undefined : await readObject(data, '--data', context.readStdin),
      };
      const waitMs = (readNumber(wait, '--wait') ?? waitSecondsDefault) * 1000;
      const onWaiting = ({ delivery_id }: HookTest): void => {
        if (!isJson) terminal.note(`${delivery_id} has not ended yet: waiting for it.`);
      };
      const tested = await spinWhile(context, `${id} runs`, () =>
        context.client().hooks.test(id, fields, { signal, waitMs, onWaiting }),
      );
      if (isJson || tested.run === undefined) showOne(context, { ...tested });
      else showDelivery(context, tested.run);
      if (tested.run === undefined) return exitCodes.pending;
      return tested.run.success === true ? exitCodes.ok : exitCodes.failed;
    },
  }),
];
