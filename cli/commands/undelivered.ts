import type { UndeliveredAtEndpoint, UndeliveredPage } from '../../client/answers.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { listOptions, noteMore, rangeOptions, readPage } from '../list-options.ts';
import { toPrintable } from '../terminal.ts';
import { kindOf } from '../../shared/endpoint.ts';

const pending = ['retrying', 'running'];

/** The command that does what the advice says. */
const commandOf = ({
  request,
  webhook_id,
  hook_id,
  states,
  oldest,
  newest,
}: UndeliveredAtEndpoint): string | undefined => {
  if (request === null) return undefined;
  const id = webhook_id ?? hook_id ?? '';
  if (request.path.endsWith('/enable')) return `sublarr-events ${kindOf(id)}s enable ${id} --replay`;
  if (request.path.endsWith('/replay')) {
    const ended = Object.keys(states).filter((state) => !pending.includes(state));
    return `sublarr-events replay ${id} --states ${ended.join(',')} --since ${oldest} --until ${newest}`;
  }
  const body = request.body === undefined ? '' : ` --data '${JSON.stringify(request.body)}'`;
  return `sublarr-events api ${request.method} ${request.path}${body}`;
};

/** One endpoint: what did not arrive, why, and what to do. */
export function renderUndelivered(endpoint: UndeliveredAtEndpoint, { paint }: Context['terminal']): string[] {
  const { name, webhook_id, hook_id, url_host, total, states, oldest, newest, last_error, last_status } =
    endpoint;
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  const error = last_error ?? String(last_status ?? '');
  const command = commandOf(endpoint);
  return [
    `${paint.bold(toPrintable(name))}  ${webhook_id ?? hook_id ?? ''}${url_host === null ? '' : `  ${toPrintable(url_host)}`}`,
    `  ${paint.red(`${total} not delivered`)}: ${counts.join(', ')}; published ${oldest === newest ? oldest : `${oldest} to ${newest}`}`,
    ...(error === '' ? [] : [`  last: ${toPrintable(error)}`]),
    ...(endpoint.disabled_reason === null ? [] : [`  ${toPrintable(endpoint.disabled_reason)}`]),
    `  ${toPrintable(endpoint.advice)}`,
    ...(command === undefined ? [] : [`  ${paint.green(command)}`]),
  ];
}

export const undelivered = defineCommand({
  name: 'undelivered',
  summary: 'Tells, of each webhook and hook, what did not arrive, why, and what to do',
  args: [],
  options: { ...rangeOptions, ...listOptions },
  examples: ['undelivered', 'undelivered --since 2026-11-22T00:00:00Z --json'],
  async run(context, { values }) {
    const { terminal, isJson, signal } = context;
    const query = { since: values.since, until: values.until, ...readPage(values) };
    const answer = await context
      .client()
      .call<UndeliveredPage>(
        { method: 'GET', path: '/api/v1/undelivered', query, requires: ['endpoints'] },
        { signal },
      );
    if (isJson) {
      terminal.printJson(answer);
      return exitCodes.ok;
    }
    if (answer.endpoints.length === 0) terminal.note('Everything arrived.');
    for (const [index, endpoint] of answer.endpoints.entries()) {
      if (index > 0) terminal.print('');
      for (const line of renderUndelivered(endpoint, terminal)) terminal.print(line);
    }
    noteMore(terminal, answer.next_cursor);
    return exitCodes.ok;
  },
});
