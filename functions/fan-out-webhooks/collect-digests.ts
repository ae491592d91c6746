import type { DigestTable } from '../../shared/aws/digest-table.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { Coalesce } from '../../shared/coalesce.ts';
import { digestKeyOf, flushDelaySeconds } from '../../shared/digest.ts';
import type { DigestKey, FlushMessage } from '../../shared/digest.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { WebhookId } from '../../shared/ids.ts';
import type { Log } from '../../shared/runtime/log.ts';

interface Dependencies {
  readonly putMembers: DigestTable['putMembers'];
  /** Answers the messages that could not be queued. */
  readonly queueFlushes: <Message extends QueueMessage>(
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  readonly now: () => number;
  readonly createToken: () => string;
  readonly log: Log;
}

/** An event for a webhook that wants its events gathered. */
export interface Collectable {
  readonly event: CatalogEvent;
  readonly subscriber: { readonly id: WebhookId; readonly name: string; readonly coalesce: Coalesce };
}

/** A flush message, queued or about to be. */
interface QueuedFlush {
  /** The queue holds it back until then at least, epoch milliseconds. */
  readonly dueMs: number;
  readonly isQueued: Promise<boolean>;
}

/** A flush that is due sooner may read the members before what was just written, in milliseconds of clocks' drift. */
const marginMs = 500;

const nameOf = ({ tenant, webhook_id, digest_id }: DigestKey): string =>
  JSON.stringify([tenant, webhook_id, digest_id]);

/**
 * Makes what gathers events for digests, and answers those that could not be: they are to come again. An event is
 * written down first, and then it is made sure that a flush message comes after it: nothing is left without one,
 * wherever this stops. Many flush messages for one digest do no harm, so that it is enough to remember in this
 * instance which are queued.
 */
export function createCollectDigests(dependencies: Dependencies) {
  const { putMembers, queueFlushes, now, createToken, log } = dependencies;
  const flushes = new Map<string, QueuedFlush>();

  const forgetPast = (): void => {
    // In the order in which they were queued; what stays behind a later one is forgotten with it.
    for (const [name, { dueMs }] of flushes) {
      if (dueMs > now()) break;
      flushes.delete(name);
    }
  };

  const queue = async (messages: readonly (QueueMessage & { readonly name: string })[]) => {
    try {
      const rest = await queueFlushes(messages);
      if (rest.length > 0) log.error('digests not queued', { failed: rest.length });
      return new Set(rest.map(({ name }) => name));
    } catch (error) {
      log.error('digests not queued', { failed: messages.length, error });
      return new Set(messages.map(({ name }) => name));
    }
  };

  /** Answers the names of the digests that no flush message could be queued for. */
  const queueMissing = async (byDigest: ReadonlyMap<string, Collectable & { digest: DigestKey }>) => {
    const at = now();
    const missing = Array.from(byDigest).filter(([name]) => (flushes.get(name)?.dueMs ?? 0) <= at + marginMs);
    const messages = missing.map(([name, { digest, event, subscriber }]) => {
      const delaySeconds = flushDelaySeconds(event, subscriber.coalesce, at);
      const body: FlushMessage = {
        flush: { ...digest, webhook_name: subscriber.name },
        token: createToken(),
        not_before: at + delaySeconds * 1000 - marginMs,
      };
      return { name, groupId: subscriber.id, delaySeconds, body: JSON.stringify(body) };
    });
    const unqueued = messages.length === 0 ? Promise.resolve(new Set<string>()) : queue(messages);
    for (const { name, delaySeconds } of messages) {
      // Before it is queued: who comes meanwhile waits for it, and comes again as well when it is not.
      const isQueued = unqueued.then((names) => !names.has(name));
      flushes.delete(name);
      flushes.set(name, { dueMs: at + delaySeconds * 1000, isQueued });
    }
    const failed = new Set<string>();
    for (const [name, flush] of Array.from(byDigest.keys(), (name) => [name, flushes.get(name)] as const)) {
      if ((await flush?.isQueued) === true) continue;
      failed.add(name);
      if (flushes.get(name) === flush) flushes.delete(name);
    }
    return failed;
  };

  return async <Match extends Collectable>(matches: readonly Match[]): Promise<readonly Match[]> => {
    if (matches.length === 0) return [];
    forgetPast();
    const collected = matches.map((match) => {
      const { event, subscriber } = match;
      const digest = digestKeyOf(event, subscriber.id, subscriber.coalesce);
      return { match, digest, name: nameOf(digest) };
    });
    try {
      await putMembers(collected.map(({ match, digest }) => ({ digest, member: match.event })));
    } catch (error) {
      log.error('members of digests not written', { failed: matches.length, error });
      return matches;
    }
    const failed = await queueMissing(
      new Map(collected.map(({ match, digest, name }) => [name, { ...match, digest }])),
    );
    return collected.filter(({ name }) => failed.has(name)).map(({ match }) => match);
  };
}
