import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { webhookTimeoutSecondsMax } from '../limits.ts';
import type { AddressGuard } from './address-guard.ts';
import { Agent, buildConnector } from './http-client.ts';
import { skipContinue } from './skip-continue.ts';

/** A connection that the address guard refused. */
export class BlockedAddressError extends Error {
  override readonly name = 'BlockedAddressError';
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

export type ResolveAll = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const resolveAll: ResolveAll = (hostname, callback) => {
  lookup(hostname, { all: true }, callback);
};

/** The webhook's own timeout ends an attempt; this only frees what nobody waits for any more. */
const connectTimeoutMs = webhookTimeoutSecondsMax * 1000;
const keepAliveMs = 30_000;

/**
 * The dispatcher for receivers. It resolves a name itself, refuses the connection when any address of it is
 * blocked, and connects to the very addresses it checked: a name that answers differently the second time gains
 * nothing. Connections are kept alive between requests.
 */
export function createGuardedAgent(guard: AddressGuard, resolve: ResolveAll = resolveAll): Agent {
  const guardedLookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const reason = addresses.map(({ address }) => guard(address)).find((found) => found !== undefined);
      const [first] = addresses;
      if (reason !== undefined) return callback(new BlockedAddressError(reason), []);
      if (first === undefined)
        return callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ lookup: guardedLookup, timeout: connectTimeoutMs, allowH2: false });
  return new Agent({
    keepAliveTimeout: keepAliveMs,
    pipelining: 1,
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      // A literal address is connected to without a lookup.
      const reason = isIP(host) === 0 ? undefined : guard(host);
      if (reason !== undefined) return callback(new BlockedAddressError(reason), null);
      return connect(options, (...connected) => {
        if (connected[0] === null) skipContinue(connected[1]);
        callback(...connected);
      });
    },
  });
}
