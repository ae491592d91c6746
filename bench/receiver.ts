import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { Arrivals } from './arrivals.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { type Answer, questionSchema } from './receiver-messages.ts';
import { readNumber } from './sample-event.ts';

// A process of its own (receiver-process.ts starts it): it answers at once, verifies nothing and keeps counts and
// instants alone, so that what is measured is the sender.

const hangMs = 10_000;

const arrivals = new Arrivals();
const waiting = new Map<string, Set<() => void>>();

const answer = (message: Answer): void => {
  process.send?.(message);
};

const ok = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': '0' }).end();
};

const server = createServer((request, response) => {
  // The first of this request: Node calls when it has the headers, which come in one packet with such a body.
  const atMs = monotonicMs();
  request.once('data', (chunk: Buffer) => receive(request, response, readNumber(chunk), atMs));
  request.resume();
});

function receive(request: IncomingMessage, response: ServerResponse, number: number, atMs: number): void {
  const path = request.url ?? '/';
  const [, group = '', behaviour = ''] = path.split('/');
  if (!Number.isSafeInteger(number) || number < 0) {
    response.writeHead(400).end('the first bytes of the body hold no number');
    return;
  }
  const isFlaky = behaviour === 'flaky';
  const arrival = arrivals.add({
    path,
    group,
    number,
    atMs,
    isAccepted: (which) => !isFlaky || which === 'again',
  });
  if (behaviour === 'hang') setTimeout(() => ok(response), hangMs);
  else if (isFlaky && arrival === 'first') response.writeHead(503, { 'content-length': '0' }).end();
  else ok(response);
  const checks = waiting.get(group);
  if (checks !== undefined) for (const check of checks) check();
}
server.keepAliveTimeout = 120_000;

function expect(question: number, group: string, count: number, waitMs: number): void {
  const checks = waiting.get(group) ?? new Set();
  waiting.set(group, checks);
  const finish = (): void => {
    clearTimeout(timer);
    checks.delete(check);
    if (checks.size === 0) waiting.delete(group);
    answer({ kind: 'tally', question, tally: arrivals.tally(group) });
  };
  const check = (): void => {
    if (arrivals.tally(group).accepted >= count) finish();
  };
  const timer = setTimeout(finish, waitMs);
  checks.add(check);
  check();
}

process.on('message', (message) => {
  const asked = questionSchema.parse(message);
  switch (asked.kind) {
    case 'expect':
      expect(asked.question, asked.group, asked.count, asked.waitMs);
      return;
    case 'arrivals':
      answer({ kind: 'arrivals', question: asked.question, at: arrivals.times(asked.path) });
  }
});
// Its parent died.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the parent decides when this one goes.
process.on('SIGINT', () => undefined);

server.listen(0, '127.0.0.1');
await once(server, 'listening');
answer({ kind: 'listening', port: z.object({ port: z.int() }).parse(server.address()).port });
