import { createServer } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { afterEach, describe, expect, test } from 'vitest';
import { request } from 'undici';
import { startReceiver, listen } from '../../test/builders/start-receiver.ts';
import { createAddressGuard } from './address-guard.ts';
import { BlockedAddressError, createGuardedAgent } from './connect-guarded.ts';
import type { ResolveAll } from './connect-guarded.ts';

const v4 = (...addresses: string[]): LookupAddress[] => addresses.map((address) => ({ address, family: 4 }));

/** Answers each lookup with the next of the given lists, the last one for ever. */
function resolveInTurn(...answers: (readonly LookupAddress[])[]) {
  const asked: string[] = [];
  const resolve: ResolveAll = (hostname, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    callback(null, [...answer]);
  };
  return { resolve, asked };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function receiver() {
  const peers: string[] = [];
  const started = await startReceiver((incoming, response) => {
    peers.push(incoming.socket.localAddress ?? '');
    response.end('ok');
  });
  closing.push(started.close);
  return { ...started, peers };
}

function open(allowed: string, resolve?: ResolveAll) {
  const agent = createGuardedAgent(createAddressGuard(allowed, []), resolve);
  closing.push(() => agent.destroy());
  return async (url: string) => {
    const { statusCode, body } = await request(url, { dispatcher: agent });
    await body.dump();
    return statusCode;
  };
}

describe('a connection to a name', () => {
  test('goes to an address that was checked, with one lookup', async () => {
    const { port, peers } = await receiver();
    const { resolve, asked } = resolveInTurn(v4('127.0.0.1'));
    await expect(open('127.0.0.0/8', resolve)(`http://hooks.example:${port}/`)).resolves.toBe(200);
    expect(asked).toEqual(['hooks.example']);
    expect(peers).toEqual(['127.0.0.1']);
  });

  test('is refused when the name turned private after it was saved', async () => {
    const { port, peers } = await receiver();
    const guard = createAddressGuard('', []);
    const { resolve } = resolveInTurn(v4('8.8.8.8'), v4('127.0.0.1'));
    const saved = await new Promise<LookupAddress[]>((settle) => {
      resolve('rebind.example', (_error, found) => settle(found));
    });
    expect(saved.map(({ address }) => guard(address))).toEqual([undefined]);
    await expect(open('', resolve)(`http://rebind.example:${port}/`)).rejects.toThrow(BlockedAddressError);
    expect(peers).toEqual([]);
  });

  test.each([
    [v4('8.8.8.8', '10.0.0.1')],
    [v4('10.0.0.1', '8.8.8.8')],
    [[...v4('8.8.8.8'), { address: '::1', family: 6 }]],
    [v4('169.254.169.254')],
  ])('is refused when one of its addresses is blocked: %j', async (addresses) => {
    await expect(open('', resolveInTurn(addresses).resolve)('http://mixed.example/')).rejects.toThrow(
      BlockedAddressError,
    );
  });

  test('that has no address fails as unresolved', async () => {
    await expect(open('', resolveInTurn([]).resolve)('http://empty.example/')).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });

  test('whose lookup fails passes the failure on', async () => {
    const failing: ResolveAll = (_hostname, callback) => {
      callback(Object.assign(new Error('try again'), { code: 'EAI_AGAIN' }), []);
    };
    await expect(open('', failing)('http://down.example/')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  test('is checked again at every new connection', async () => {
    const { port, server } = await receiver();
    const { resolve, asked } = resolveInTurn(v4('127.0.0.1'), v4('10.0.0.1'));
    const get = open('127.0.0.0/8', resolve);
    server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
    await expect(get(`http://flip.example:${port}/`)).resolves.toBe(200);
    await expect(get(`http://flip.example:${port}/`)).rejects.toThrow(BlockedAddressError);
    expect(asked).toHaveLength(2);
  });
});

describe('a connection to a literal address', () => {
  test.each(['http://127.0.0.1', 'http://2130706433', 'http://0x7f.1', 'http://[::ffff:127.0.0.1]'])(
    'is refused without a packet: %s',
    async (origin) => {
      let connections = 0;
      const { port, close } = await listen(createServer(() => connections++));
      closing.push(close);
      await expect(open('')(`${origin}:${port}/`)).rejects.toThrow(BlockedAddressError);
      expect(connections).toBe(0);
    },
  );

  test('is made when the deployment allows its range', async () => {
    const { port } = await receiver();
    await expect(open('127.0.0.0/8')(`http://127.0.0.1:${port}/`)).resolves.toBe(200);
  });
});
