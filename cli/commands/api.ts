import { defineCommand } from '../command.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { readJson } from '../read-data.ts';

const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const;

function readMethod(word: string): (typeof methods)[number] {
  const method = methods.find((each) => each === word.toUpperCase());
  if (method !== undefined) return method;
  throw new UsageError(`${JSON.stringify(word)} is no method: use one of ${methods.join(', ')}.`);
}

/** For what has no command of its own: sources, scoring, dead letters. */
export const api = defineCommand({
  name: 'api',
  summary: 'Makes any request of the API, and prints the answer as it came',
  args: ['METHOD', 'PATH'],
  details: 'For what has no command of its own, such as sources, scoring and dead letters.',
  options: { data: { type: 'string', value: 'JSON', help: 'the body: JSON, @file or -' } },
  examples: [
    'api GET /api/v1/scoring/weights',
    `api POST /api/v1/sources --data '{"kind": "sonarr"}'`,
    'api POST /api/v1/dead-letters/redrive',
  ],
  async run(context, { values, args: [word = '', path = ''] }) {
    const method = readMethod(word);
    if (!path.startsWith('/'))
      throw new UsageError(`PATH begins with "/", such as /api/v1/webhooks, unlike ${path}.`);
    const json =
      values.data === undefined ? undefined : await readJson(values.data, '--data', context.readStdin);
    const { text } = await context.client().send({ method, path, json }, { signal: context.signal });
    if (text !== '') context.terminal.print(text.replace(/\n$/, ''));
    return exitCodes.ok;
  },
});
