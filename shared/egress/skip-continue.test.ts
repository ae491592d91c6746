import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { aSigning } from '../../test/builders/a-signing.ts';
import { listen } from '../../test/builders/start-receiver.ts';
import { generateSecret } from '../signature.ts';
import { createAddressGuard } from './address-guard.ts';
import { createGuardedAgent } from './connect-guarded.ts';
import { createPostSigned } from './post-signed.ts';

const body = '{}';
const signing = aSigning(generateSecret());
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Posts one event after the other to a receiver that answers each request in these pieces. */
async function post(pieces: readonly string[], times = 1, timeoutSeconds = 5) {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const answer = async (): Promise<void> => {
      for (const piece of pieces) {
        socket.write(piece);
        await pause(2);
      }
    };
    socket.on('data', (data) => {
      // The head and the body of a request may come apart.
      if (data.toString().endsWith(body)) void answer();
    });
  });
  const { port, close } = await listen(server);
  const agent = createGuardedAgent(createAddressGuard('127.0.0.0/8', []));
  closing.push(close, () => agent.destroy());
  const send = createPostSigned(agent, Date.now);
  const results = [];
  for (let time = 0; time < times; time++) {
    results.push(
      await send({
        url: `http://127.0.0.1:${port}/`,
        signing,
        id: 'evt_1',
        eventName: 'config_updated',
        body,
        timeoutSeconds,
      }),
    );
  }
  return results;
}

const proceed = 'HTTP/1.1 100 Continue\r\n\r\n';
const taken = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ntaken';

describe('a 100 Continue that nobody asked for', () => {
  test.each([
    ['with the answer', [proceed + taken]],
    ['before the answer', [proceed, taken]],
    ['with headers of its own', ['HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\n', taken]],
    ['more than once', [proceed + proceed, proceed + taken]],
    [
      'in pieces',
      ['HTTP/1', '.1 100 Con', 'tinue\r\n\r', '\nHTTP/1.1 2', '00 OK\r\ncontent-length: 5\r\n\r\ntaken'],
    ],
    ['before another hint', [proceed, `HTTP/1.1 103 Early Hints\r\n\r\n${taken}`]],
    ['never', [taken]],
  ])('%s is passed over', async (_when, pieces) => {
    const results = await post(pieces, 3);
    for (const result of results) expect(result).toMatchObject({ status: 200, body: 'taken' });
  });

  test('is left alone in a body', async () => {
    const results = await post([`HTTP/1.1 200 OK\r\ncontent-length: ${proceed.length}\r\n\r\n`, proceed]);
    expect(results).toMatchObject([{ status: 200, body: proceed }]);
  });

  test.each([
    ['by itself', proceed],
    ['without an end', `HTTP/1.1 100 ${'x'.repeat(40_000)}`],
  ])('%s is no answer', async (_how, text) => {
    const results = await post([text], 1, 0.3);
    expect(results).toMatchObject([{ kind: 'failed', errorClass: 'timeout' }]);
  });
});
