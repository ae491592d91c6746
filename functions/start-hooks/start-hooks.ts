import type { RunKey } from '../../shared/aws/hook-run-ledger.ts';
import { keyOfRun } from '../../shared/aws/hook-run-ledger.ts';
import type { EnsureWorkers } from '../../shared/aws/hook-worker.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { isMetaEvent } from '../../shared/catalog.ts';
import { createDelivery } from '../../shared/delivery.ts';
import type { Delivery, HookMessage } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { delayRun } from '../../shared/hook-run-retry.ts';
import type { Hook } from '../../shared/hook.ts';
import { workersForNew } from '../../shared/hook-workers-wanted.ts';
import { matchEndpoint } from '../../shared/match-endpoint.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { StartMessage } from './start-message.ts';

interface Dependencies {
  /** May answer from memory, but nothing older than that version of the tenant's audience. */
  readonly listHooks: (tenant: string, version: number | undefined) => Promise<readonly Hook[]>;
  readonly findRun: (key: RunKey) => Promise<unknown>;
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Answers the messages that could not be queued. */
  readonly queueRuns: <Message extends QueueMessage>(
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  /** Queues retries that are not due yet to this function's own queue; answers as `queueRuns` does. */
  readonly queueWaits: Dependencies['queueRuns'];
  readonly ensureWorkers: EnsureWorkers;
  readonly now: () => number;
  readonly log: Log;
}

/** Messages made at a time: an event of 256 KB to 10 000 hooks must not stand in memory 10 000 times. */
const messagesAtATime = 100;

interface Match {
  readonly messageId: string;
  readonly event: CatalogEvent;
  readonly hook: Hook;
  /** Why no run is queued; undefined when one is. */
  readonly aside: Aside | undefined;
}

type Aside = Pick<Delivery, 'state' | 'attempts' | 'reason'>;
const parked: Aside = { state: 'parked', attempts: [], reason: 'the hook is disabled' };
const filteredBecause = (reason: string): Aside => ({ state: 'filtered', attempts: [], reason });

interface ReceivedEvent {
  readonly messageId: string;
  readonly event: CatalogEvent;
}

const toQueueMessage = ({ messageId, event, hook }: Match) => ({
  messageId,
  body: JSON.stringify({ event, hook_id: hook.id } satisfies HookMessage),
  groupId: hook.id,
});

/**
 * Queues one run of every event for every hook that wants it and every retry that is due; sees that a worker is up, and
 * more of them for many runs at once or when a worker says that it can't keep up.
 */
export function createStartHooks(dependencies: Dependencies) {
  const { listHooks, findRun, putDeliveries, queueRuns, queueWaits, ensureWorkers, now, log } = dependencies;

  const matchHooks = async ({ messageId, event }: ReceivedEvent): Promise<Match[]> => {
    // The rule keeps these out; a run about a run would never end.
    if (isMetaEvent(event.event_name)) return [];
    // Who subscribed before the event was published gets it, whatever this instance remembers.
    const hooks = await listHooks(event.tenant, event.audience?.version);
    return hooks.flatMap((hook) => {
      const match = matchEndpoint(hook, event);
      if (match.kind === 'unsubscribed') return [];
      const aside =
        match.kind === 'filtered' ? filteredBecause(match.reason) : hook.enabled ? undefined : parked;
      return { messageId, event, hook, aside };
    });
  };

  /** An event that comes a second time must not hide what became of its run before the hook was changed. */
  const setAside = async (matches: readonly Match[]): Promise<void> => {
    const deliveries = await Promise.all(
      matches.map(async ({ event, hook, aside }) =>
        aside !== undefined && (await findRun(keyOfRun(event, hook.id))) === undefined
          ? createDelivery(event, hook, aside, now())
          : undefined,
      ),
    );
    await putDeliveries(deliveries.filter((delivery) => delivery !== undefined));
  };

  const queue = async (matches: readonly Match[]): Promise<Set<string>> => {
    const failed = new Set<string>();
    for (let start = 0; start < matches.length; start += messagesAtATime) {
      const rest = await queueRuns(matches.slice(start, start + messagesAtATime).map(toQueueMessage));
      for (const { messageId } of rest) failed.add(messageId);
    }
    return failed;
  };

  /** Passes retries on, those that are due to the workers and the others back to wait; answers the former's ids. */
  const passOn = async (
    messages: readonly Received<StartMessage>[],
    failed: Set<string>,
  ): Promise<readonly string[]> => {
    const startedAt = now();
    const retries = messages.flatMap(({ messageId, body }) => {
      if (body.kind !== 'retry') return [];
      const dueMs = body.run.not_before ?? startedAt;
      return { messageId, isDue: dueMs <= startedAt, ...delayRun(body.run, dueMs, startedAt) };
    });
    if (retries.length === 0) return [];
    const due = retries.filter(({ isDue }) => isDue);
    const unqueued = await Promise.all([queueRuns(due), queueWaits(retries.filter(({ isDue }) => !isDue))]);
    for (const { messageId } of unqueued.flat()) failed.add(messageId);
    log.info('retries passed on', { count: retries.length });
    return due.map(({ messageId }) => messageId);
  };

  return async (messages: readonly Received<StartMessage>[]): Promise<readonly string[]> => {
    const events = messages.flatMap(({ messageId, body }) =>
      body.kind === 'event' ? { messageId, event: body.event } : [],
    );
    const found = await Promise.allSettled(events.map(matchHooks));
    const failed = new Set<string>();
    const matches: Match[] = [];
    for (const [index, { messageId, event }] of events.entries()) {
      const result = found[index];
      if (result?.status === 'fulfilled') {
        matches.push(...result.value);
      } else {
        failed.add(messageId);
        log.error('hooks could not be read', {
          event_id: event.id,
          tenant: event.tenant,
          error: result?.reason,
        });
      }
    }
    const wanted = matches.filter(({ aside }) => aside === undefined);
    await setAside(matches);
    for (const messageId of await queue(wanted)) failed.add(messageId);
    const due = await passOn(messages, failed);
    const awaited = [...wanted.map(({ messageId }) => messageId), ...due];
    const asked = messages.flatMap(({ body }) => (body.kind === 'backlog' ? [body.workers_wanted] : []));
    if (awaited.length > 0 || asked.length > 0) {
      try {
        await ensureWorkers(Math.max(workersForNew(awaited.length), ...asked));
      } catch (error) {
        // Their runs are queued and nobody may be there to take them. A run that is queued twice runs once.
        log.error('no worker could be started', { error });
        for (const messageId of awaited) failed.add(messageId);
      }
    }
    for (const { messageId, event } of events) {
      log.info('hooks started', {
        event_id: event.id,
        event_name: event.event_name,
        tenant: event.tenant,
        count: wanted.filter((match) => match.messageId === messageId).length,
        state: failed.has(messageId) ? 'failed' : 'queued',
      });
    }
    return [...failed];
  };
}
