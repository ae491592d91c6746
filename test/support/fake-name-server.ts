import dns from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

type LookupAll = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Answers for names of a test's choice in place of the machine's resolver, which answers for all others. */
export interface FakeNameServer {
  /** What a name leads to: one list of IPv4 addresses after the other, the last for ever. */
  readonly answer: (hostname: string, turns: readonly (readonly string[])[]) => void;
  readonly stop: () => void;
}

/**
 * Takes the place of `dns.lookup` in this process, where the bundles of the local stack live too. To be called before
 * the stack starts: some take hold of the function while they load.
 */
export function startFakeNameServer(): FakeNameServer {
  const names = new Map<string, (readonly string[])[]>();
  const original = dns.lookup;
  const replace = (lookup: unknown): void => {
    Reflect.set(dns, 'lookup', lookup);
    syncBuiltinESMExports();
  };
  const lookup: LookupAll = (hostname, options, callback) => {
    const turns = names.get(hostname);
    if (turns === undefined) return original(hostname, options, callback);
    const [addresses = []] = turns.length > 1 ? turns.splice(0, 1) : turns;
    const found = addresses.map((address) => ({ address, family: 4 }));
    process.nextTick(() => callback(null, found));
  };
  replace(lookup);
  return {
    answer: (hostname, turns) => names.set(hostname, [...turns]),
    stop: () => replace(original),
  };
}
