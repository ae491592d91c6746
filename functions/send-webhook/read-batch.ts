import { audienceKeyOf, readAudience } from '../../shared/aws/audience-table.ts';
import { deliveryKeyOf } from '../../shared/aws/ledger-keys.ts';
import { readItems } from '../../shared/aws/read-items.ts';
import type { DynamoDBDocumentClient } from '../../shared/aws/clients.ts';
import { webhookKeyOf } from '../../shared/aws/webhook-table.ts';
import { deliverySchema } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { webhookCacheMs } from '../../shared/limits.ts';
import { webhookSchema } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** What is known of the messages of a batch before any is sent. */
export interface BatchKnowledge {
  webhookOf(message: WebhookMessage): Webhook | undefined;
  deliveryOf(message: WebhookMessage): Delivery | undefined;
}

/** Reads the webhooks and the ledger rows of a batch. */
export type ReadBatch = (messages: readonly WebhookMessage[]) => Promise<BatchKnowledge>;

/** What this instance remembers of webhooks, for half a second. */
export interface WebhookMemory {
  /** Undefined when nothing is remembered, or not as new as this version of the tenant's audience. */
  get(tenant: string, id: string, version: number): { readonly webhook: Webhook | undefined } | undefined;
  /** What a read for this version answered, or, without a version, a write: that is newer than what was read. */
  keep(tenant: string, id: string, webhook: Webhook | undefined, version?: number): void;
  /** Whether the tenant had live viewers when its last batch was read. */
  isWatched(tenant: string): boolean;
  noteAudience(tenant: string, isWatched: boolean): void;
}

export function createWebhookMemory(now: () => number): WebhookMemory {
  const kept = new Map<
    string,
    { readonly webhook: Webhook | undefined; readonly version: number; readonly at: number }
  >();
  const watched = new Set<string>();
  return {
    isWatched: (tenant) => watched.has(tenant),
    noteAudience(tenant, isWatched) {
      if (isWatched) watched.add(tenant);
      else watched.delete(tenant);
    },
    get(tenant, id, version) {
      const known = kept.get(`${tenant} ${id}`);
      if (known === undefined || known.version < version) return undefined;
      // From a time to come when the clock was set back: nobody knows how old it is.
      const ageMs = now() - known.at;
      return ageMs >= 0 && ageMs < webhookCacheMs ? known : undefined;
    },
    keep(tenant, id, webhook, version) {
      // In the order of their age: the oldest come first.
      for (const [key, { at }] of kept) {
        if (at > now() - webhookCacheMs) break;
        kept.delete(key);
      }
      const key = `${tenant} ${id}`;
      const known = kept.get(key);
      kept.delete(key);
      kept.set(key, { webhook, version: Math.max(version ?? 0, known?.version ?? 0), at: now() });
    },
  };
}

/**
 * Makes a `ReadBatch`: one call for the ledger rows, the tenants' audiences, and the webhooks that are not remembered.
 * The rows are read every time, since they say what was sent already.
 */
export function createReadBatch(
  dynamo: DynamoDBDocumentClient,
  tables: { readonly config: string; readonly ledger: string },
  memory: WebhookMemory,
  now: () => number,
): ReadBatch {
  const audienceItem = (tenant: string) => ({ table: tables.config, key: audienceKeyOf(tenant) });
  const webhookItem = ({ event, webhook_id: id }: WebhookMessage) => ({
    table: tables.config,
    key: webhookKeyOf(event.tenant, id),
  });
  const deliveryItem = ({ event, webhook_id: id }: WebhookMessage) => ({
    table: tables.ledger,
    key: deliveryKeyOf(event, id),
  });

  /** Whoever does not know a version must read. */
  const versionOf = ({ event }: WebhookMessage): number => event.audience?.version ?? Infinity;

  return async (messages) => {
    const remembered = new Map(
      messages.map((message) => [
        message,
        memory.get(message.event.tenant, message.webhook_id, versionOf(message)),
      ]),
    );
    const unknown = messages.filter((message) => remembered.get(message) === undefined);
    const tenants = [...new Set(messages.map(({ event }) => event.tenant))];
    const find = await readItems(dynamo, [
      ...messages.map(deliveryItem),
      ...unknown.map(webhookItem),
      ...tenants.map(audienceItem),
    ]);
    for (const tenant of tenants) {
      memory.noteAudience(tenant, readAudience(find(audienceItem(tenant)), now()).live);
    }
    for (const message of unknown) {
      const item = find(webhookItem(message));
      const webhook = item === undefined ? undefined : webhookSchema.parse(item);
      memory.keep(message.event.tenant, message.webhook_id, webhook, versionOf(message));
      remembered.set(message, { webhook });
    }
    return {
      webhookOf: (message) => remembered.get(message)?.webhook,
      deliveryOf: (message) => {
        const item = find(deliveryItem(message));
        return item === undefined ? undefined : deliverySchema.parse(item);
      },
    };
  };
}
