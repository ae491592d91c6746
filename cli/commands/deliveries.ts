import type { DeliveriesPage, DeliverySummary } from '../../client/answers.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { listOptions, rangeOptions, readPage } from '../list-options.ts';
import type { Column } from '../render-table.ts';
import { showDelivery } from '../show-delivery.ts';
import { showList } from '../show.ts';

type Shown = Pick<
  DeliverySummary,
  'id' | 'state' | 'name' | 'event_name' | 'triggered_at' | 'attempt_count' | 'status' | 'exit_code' | 'error'
>;

function paintState(text: string, state: DeliverySummary['state'], { paint }: Context['terminal']): string {
  if (state === 'delivered') return paint.green(text);
  return state === 'exhausted' || state === 'refused' ? paint.red(text) : paint.yellow(text);
}

const describeLast = ({ status, exit_code, error }: Shown): string =>
  error ?? String(status ?? exit_code ?? '-');

/** What is shown of deliveries in a list. */
export const deliveryColumns = (terminal: Context['terminal']): readonly Column<Shown>[] => [
  { head: 'TIME', cell: ({ triggered_at }) => triggered_at },
  {
    head: 'STATE',
    cell: ({ state }) => state,
    paint: (text, { state }) => paintState(text, state, terminal),
  },
  { head: 'EVENT', cell: ({ event_name }) => event_name },
  { head: 'TO', cell: ({ name }) => name },
  { head: 'TRIES', cell: ({ attempt_count }) => String(attempt_count) },
  { head: 'LAST', cell: describeLast, isCut: true },
  { head: 'ID', cell: ({ id }) => id },
];

export const deliveryCommands = [
  defineCommand({
    name: 'deliveries list',
    summary: 'Lists deliveries and runs, newest first',
    args: [],
    options: {
      ...rangeOptions,
      webhook: { type: 'string', value: 'ID', help: 'to this webhook' },
      hook: { type: 'string', value: 'ID', help: 'of this hook' },
      event: { type: 'string', value: 'NAME', help: 'of events of this name' },
      state: {
        type: 'string',
        value: 'STATE',
        help: 'in this state: delivered, running, retrying, exhausted, refused, parked, filtered',
      },
      status: { type: 'string', value: 'CODE', help: 'whose last answer had this HTTP status' },
      ...listOptions,
    },
    examples: ['deliveries list --state exhausted', 'deliveries list --webhook wh_01KA… --status 503 --json'],
    async run(context, { values }) {
      const { since, until, webhook, hook, event, state, status } = values;
      const query = {
        since,
        until,
        state,
        status_code: status,
        webhook_id: webhook,
        hook_id: hook,
        event_name: event,
        ...readPage(values),
      };
      const { signal } = context;
      const answer = await context
        .client()
        .call<DeliveriesPage>(
          { method: 'GET', path: '/api/v1/deliveries', query, requires: ['deliveries'] },
          { signal },
        );
      showList(context, answer, answer.deliveries, deliveryColumns(context.terminal));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'deliveries get',
    summary: 'Shows a delivery or run with every attempt',
    args: ['ID'],
    options: {},
    examples: ['deliveries get dlv_mhz2kq2o.evt_01KA….wh_01KA…'],
    async run(context, { args: [id = ''] }) {
      showDelivery(context, await context.client().deliveries.get(id, { signal: context.signal }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'deliveries retry',
    summary: 'Sends a delivery, or runs a script, anew now, whatever its state',
    args: ['ID'],
    options: {},
    examples: ['deliveries retry dlv_mhz2kq2o.evt_01KA….wh_01KA…'],
    async run(context, { args: [id = ''] }) {
      const delivery = await context.client().deliveries.retry(id, { signal: context.signal });
      if (context.isJson) context.terminal.printJson(delivery);
      else context.terminal.print(`${id} is on its way again.`);
      return exitCodes.ok;
    },
  }),
];
