import type { Webhook } from '../../client/answers.ts';
import { pathOf } from '../../client/call-route.ts';
import type { Context, Values } from '../command.ts';
import { defineCommand } from '../command.ts';
import { defineEnable } from '../enable-endpoint.ts';
import { exitCodes } from '../exit-codes.ts';
import { listOptions, readPage } from '../list-options.ts';
import { readNames, readNumber } from '../read-data.ts';
import type { Column } from '../render-table.ts';
import { sendFields } from '../send-fields.ts';
import { showDone, showList, showOne } from '../show.ts';
import { readFields, readHeaders, subscriberOptions } from '../webhook-fields.ts';

const columns = ({ paint }: Context['terminal']): Column<Webhook>[] => [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'NAME', cell: ({ name }) => name },
  {
    head: 'STATE',
    cell: stateOf,
    paint: (text, webhook) => (stateOf(webhook) === 'enabled' ? paint.green(text) : paint.yellow(text)),
  },
  { head: 'EVENTS', cell: ({ event_names }) => event_names.join(',') },
  { head: 'URL', cell: ({ url }) => url, isCut: true },
];

function stateOf({ enabled, circuit, warning }: Webhook): string {
  if (!enabled) return 'disabled';
  if (circuit !== null) return 'left alone';
  return warning === null ? 'enabled' : 'failing';
}

const options = {
  ...subscriberOptions,
  to: { type: 'string', value: 'URL', help: 'where events are sent' },
  secret: { type: 'string', value: 'SECRET', help: 'signs what is sent; made unless told' },
  header: { type: 'string', value: "'N: V'", multiple: true, help: 'a header of its own; may be repeated' },
  schemes: { type: 'string', value: 'NAMES', help: 'how it signs: v1, v1a, or v1,v1a' },
  'rate-limit': { type: 'string', value: 'N', help: 'deliveries a second at most' },
  'max-in-flight': { type: 'string', value: 'N', help: 'deliveries at a time at most' },
} as const;

const readWebhook = (values: Values<typeof options>, context: Context) =>
  readFields(
    values,
    {
      url: values.to,
      secret: values.secret,
      headers: readHeaders(values.header),
      signature_schemes: readNames(values.schemes),
      rate_limit: readNumber(values['rate-limit'], '--rate-limit'),
      max_in_flight: readNumber(values['max-in-flight'], '--max-in-flight'),
    },
    context,
  );

export const webhookCommands = [
  defineCommand({
    name: 'webhooks list',
    summary: 'Lists webhooks',
    args: [],
    options: listOptions,
    examples: ['webhooks list', 'webhooks list --limit 200 --json'],
    async run(context, { values }) {
      const { signal } = context;
      const answer = await context.client().webhooks.list(readPage(values), { signal });
      showList(context, answer, answer.webhooks, columns(context.terminal));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'webhooks get',
    summary: 'Shows a webhook',
    args: ['ID'],
    options: {},
    examples: ['webhooks get wh_01KA…'],
    async run(context, { args: [id = ''] }) {
      showOne(context, await context.client().webhooks.get(id, { signal: context.signal }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'webhooks create',
    summary: 'Creates a webhook',
    args: [],
    details: 'The signing secret is shown this once.',
    options,
    examples: [
      'webhooks create --name mine --events subtitle_downloaded --to http://127.0.0.1:9000/hook',
      `webhooks create --name all --events '*' --to https://example.com/hook --schemes v1a --header 'Authorization: Bearer x'`,
      'webhooks create --data @webhook.json',
    ],
    async run(context, { values }) {
      const json = await readWebhook(values, context);
      const made = await sendFields(context, { method: 'POST', path: '/api/v1/webhooks', json });
      showOne(context, made);
      if (!context.isJson) context.terminal.note('The secret is shown this once: keep it.');
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'webhooks update',
    summary: 'Changes the fields of a webhook that are given',
    args: ['ID'],
    options,
    examples: [
      'webhooks update wh_01KA… --retries 5',
      `webhooks update wh_01KA… --data '{"rate_limit": null}'`,
    ],
    async run(context, { values, args: [id = ''] }) {
      const json = await readWebhook(values, context);
      showOne(
        context,
        await sendFields(context, { method: 'PUT', path: pathOf`/api/v1/webhooks/${id}`, json }),
      );
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'webhooks delete',
    summary: 'Deletes a webhook',
    args: ['ID'],
    options: {},
    examples: ['webhooks delete wh_01KA…'],
    async run(context, { args: [id = ''] }) {
      await context.client().webhooks.delete(id, { signal: context.signal });
      showDone(context, `${id} is deleted.`);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'webhooks test',
    summary: 'Sends the sample of its event now, once, and tells what the receiver answered',
    args: ['ID'],
    options: {},
    examples: ['webhooks test wh_01KA…'],
    async run(context, { args: [id = ''] }) {
      const tested = await context.client().webhooks.test(id, { signal: context.signal });
      showOne(context, { ...tested });
      return tested.success ? exitCodes.ok : exitCodes.failed;
    },
  }),
  defineEnable('webhook'),
  defineCommand({
    name: 'webhooks rotate-secret',
    summary: 'Makes new signing keys; the old ones sign on for a while',
    args: ['ID'],
    details: 'The new secret is shown this once.',
    options: {
      grace: { type: 'string', value: 'SECONDS', help: 'how long the old key signs on: a day unless told' },
      secret: { type: 'string', value: 'SECRET', help: 'the new secret; made unless told' },
      scheme: {
        type: 'string',
        value: 'NAME',
        help: 'v1 or v1a: whose key; of every scheme in use unless told',
      },
    },
    examples: ['webhooks rotate-secret wh_01KA…', 'webhooks rotate-secret wh_01KA… --grace 0'],
    async run(context, { values, args: [id = ''] }) {
      const { grace, secret, scheme } = values;
      const grace_seconds = readNumber(grace, '--grace');
      const json = { secret, scheme, grace_seconds };
      const path = pathOf`/api/v1/webhooks/${id}/rotate-secret`;
      showOne(context, await sendFields(context, { method: 'POST', path, json }));
      return exitCodes.ok;
    },
  }),
];
