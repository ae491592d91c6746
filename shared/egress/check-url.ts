import { lookup } from 'node:dns/promises';
import type { AddressGuard } from './address-guard.ts';

export type LookupAll = (hostname: string) => Promise<readonly { readonly address: string }[]>;

const lookupAll: LookupAll = (hostname) => lookup(hostname, { all: true });

/**
 * Says why a URL may not become a webhook's; undefined when it may. A name that does not resolve yet passes: the
 * guard looks again at every connection.
 */
export async function findUrlProblem(
  url: string,
  guard: AddressGuard,
  resolve: LookupAll = lookupAll,
): Promise<string | undefined> {
  const { hostname } = new URL(url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  const addresses = await resolve(literal).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );
  return addresses.map(guard).find((reason) => reason !== undefined);
}
