import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';

/** What a key may do: publish events, manage subscriptions, read the ledger, watch the live stream. */
export const scopes = ['publish', 'manage', 'read', 'live'] as const;
export type Scope = (typeof scopes)[number];

export const apiKeySchema = z.object({
  /** Hex SHA-256 of the key: the key itself is stored nowhere. */
  key_sha256: z.string(),
  tenant: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  created_at: z.string(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The tenant that setup makes; who needs only one never meets it. */
export const defaultTenant = 'default';

const keyBytes = 32;

/** A new API key: `sk_` and 256 random bits. */
export const generateApiKey = (): string => `sk_${randomBytes(keyBytes).toString('base64url')}`;

export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('hex');
