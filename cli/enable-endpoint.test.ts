import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../test/support/run-command.ts';

interface Seen {
  readonly path: string;
  readonly body: unknown;
}

const job = { id: 'job_1', state: 'done', total: 2, done: 2, failed: 0, failures: [], reason: null };
let seen: Seen[];
let answer: unknown;
let stop: () => void;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  seen = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = await text(request);
    seen.push({ path: request.url ?? '', body: sent === '' ? undefined : JSON.parse(sent) });
    const isOfJob = request.url === '/api/v1/jobs/job_1';
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(isOfJob ? job : answer));
  };
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  environment = { SUBLARR_EVENTS_URL: `http://127.0.0.1:${address.port}`, SUBLARR_EVENTS_KEY: 'sk_1' };
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => stop());

const run = (...words: string[]) => runCommand(words, { environment });

describe.each([
  ['webhooks', 'wh_1'],
  ['hooks', 'hk_1'],
])('%s enable', (collection, id) => {
  const path = `/api/v1/${collection}/${id}/enable`;

  test('enables, and nothing else unless told', async () => {
    answer = { job: null };
    const { code, stdout } = await run(collection, 'enable', id);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id} is enabled.\n` });
    expect(seen).toEqual([{ path, body: { replay: false } }]);
  });

  test('with --replay waits until what was parked is on its way', async () => {
    answer = { job: { ...job, state: 'queued' } };
    const { code, stdout } = await run(collection, 'enable', id, '--replay', '--rate', '9');
    expect(code).toBe(0);
    expect(stdout).toContain('job_1 is done: 2 of 2 sent, 0 failed.');
    expect(seen).toEqual([
      { path, body: { replay: true, rate_per_second: 9 } },
      { path: '/api/v1/jobs/job_1', body: undefined },
    ]);
  });

  test('with --dry-run only counts', async () => {
    answer = { dry_run: true, total: 7, complete: false };
    expect(await run(collection, 'enable', id, '--replay', '--dry-run')).toMatchObject({
      code: 0,
      stdout: 'at least 7 would be sent\n',
    });
    expect(seen).toEqual([{ path, body: { replay: true, dry_run: true } }]);
  });
});

test.each([
  ['wh_1', '/api/v1/webhooks/wh_1/replay'],
  ['hk_1', '/api/v1/hooks/hk_1/replay'],
])('replay %s asks for %s', async (id, path) => {
  answer = { dry_run: true, total: 7, complete: true };
  expect(await run('replay', id, '--dry-run', '--states', 'parked')).toMatchObject({ code: 0 });
  expect(seen).toEqual([{ path, body: { states: ['parked'], dry_run: true } }]);
});
