import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { readObject } from '../read-data.ts';
import { showDone } from '../show.ts';

export const emit = defineCommand({
  name: 'emit',
  summary: 'Publishes an event',
  args: ['NAME'],
  details:
    'The event gets its id before it is sent: however often the request must be repeated, it is published once.\nThe id of the event is printed.',
  options: {
    data: { type: 'string', value: 'JSON', help: 'the payload: JSON, @file, or - for stdin; {} unless told' },
    id: { type: 'string', value: 'ID', help: 'an id of your own: the same within a day is the same event' },
  },
  examples: [
    `emit subtitle_downloaded --data '{"language": "de", "format": "ass", "score": 409}'`,
    'emit batch_complete --data @payload.json --id nightly-2026-11-22',
    `|jq -n '{changed_keys: ["theme"]}' | sublarr-events emit config_updated --data -`,
  ],
  async run(context, { values, args: [name = ''] }) {
    const data = await readObject(values.data ?? '{}', '--data', context.readStdin);
    const { signal } = context;
    const published = await context
      .client()
      .events.publish({ event_name: name, data, id: values.id }, { signal });
    if (context.isJson) context.terminal.printJson(published);
    else showDone(context, published.id);
    return exitCodes.ok;
  },
});
