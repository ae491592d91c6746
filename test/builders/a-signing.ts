import { prepareSecret } from '../../shared/signature.ts';
import type { Signing } from '../../shared/signature.ts';

/** What signs by one shared secret that has no end. */
export const aSigning = (secret: string, overrides: Partial<Signing> = {}): Signing => ({
  secrets: [{ key: prepareSecret(secret), untilMs: Infinity }],
  privateKeys: [],
  headers: {},
  ...overrides,
});
