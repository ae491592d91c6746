import type { EventsPage } from '../../client/answers.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { listOptions, rangeOptions, readPage } from '../list-options.ts';
import type { Column } from '../render-table.ts';
import { renderTable } from '../render-table.ts';
import { showList, showOne } from '../show.ts';
import { deliveryColumns } from './deliveries.ts';

type Row = EventsPage['events'][number];

const describeStates = ({ summary }: Row): string =>
  Object.entries(summary.states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ') || 'nobody was to get it';

const columns: readonly Column<Row>[] = [
  { head: 'TIME', cell: ({ timestamp }) => timestamp },
  { head: 'EVENT', cell: ({ event_name }) => event_name },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'WHAT BECAME OF IT', cell: describeStates },
];

export const eventCommands = [
  defineCommand({
    name: 'events list',
    summary: 'Lists events, newest first, and what became of each',
    args: [],
    options: {
      ...rangeOptions,
      name: { type: 'string', value: 'NAME', help: 'of this name' },
      state: { type: 'string', value: 'STATE', help: 'with a delivery in this state, or unmatched' },
      ...listOptions,
    },
    examples: [
      'events list',
      'events list --name subtitle_downloaded --state exhausted --since 2026-11-22T00:00:00Z',
    ],
    async run(context, { values }) {
      const { since, until, name, state } = values;
      const query = { since, until, name, state, ...readPage(values) };
      const { signal } = context;
      const answer = await context
        .client()
        .call<EventsPage>({ method: 'GET', path: '/api/v1/events', query, requires: ['events'] }, { signal });
      showList(context, answer, answer.events, columns);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'events get',
    summary: 'Shows an event with its payload and its deliveries',
    args: ['ID'],
    options: {},
    examples: ['events get evt_01KA…'],
    async run(context, { args: [id = ''] }) {
      const { terminal, isJson, signal } = context;
      const event = await context.client().events.get(id, {}, { signal });
      const { deliveries, next_cursor: _next, ...fields } = event;
      if (isJson) {
        terminal.printJson(event);
        return exitCodes.ok;
      }
      showOne(context, fields);
      terminal.print('');
      for (const line of renderTable(deliveries, deliveryColumns(terminal), terminal)) terminal.print(line);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'events catalog',
    summary: 'Lists the events that there are, and their payload keys',
    args: [],
    options: {},
    examples: ['events catalog', `|sublarr-events events catalog --json | jq '.events[0].sample'`],
    async run(context) {
      const catalog = await context.client().events.getCatalog({ signal: context.signal });
      showList(context, catalog, catalog.events, [
        { head: 'EVENT', cell: ({ name }) => name },
        { head: 'PAYLOAD', cell: ({ payload_keys }) => payload_keys.join(', '), isCut: true },
      ]);
      return exitCodes.ok;
    },
  }),
];
