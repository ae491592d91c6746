import type { DigestTable } from '../../shared/aws/digest-table.ts';
import { createDelivery, createDeliveryId } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { composeDigest, placeOf } from '../../shared/digest.ts';
import type { DigestMember, FlushMessage } from '../../shared/digest.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { queueDelaySecondsMax } from '../../shared/limits.ts';

export interface GatherDependencies {
  readonly digests: Omit<DigestTable, 'putMembers'>;
  /** For what is true whatever the ledger knew. */
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** For rows that may be there already. */
  readonly advanceDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Queues another flush. Throws when it could not. */
  readonly queueFlush: (message: FlushMessage, delaySeconds: number) => Promise<void>;
  /** Events that one digest stands for at most. */
  readonly membersMax: number;
  readonly now: () => number;
  readonly createToken: () => string;
}

/** Rows written at a time: all of an endpoint's lie under one key, which takes 1 000 writes a second. */
const rowsAtATime = 250;

/**
 * Makes what turns a flush message into the one delivery that stands for the digest's events; into undefined when
 * other flushes took them all, or it came too early and was queued again. A part is settled by a conditional write, once and for all, before anything of it is
 * sent: whatever comes again sends the same body, and what comes late makes a further part. Only the message that
 * settled a part sends it. Throws when the message is to come again.
 */
export function createGatherDigest(dependencies: GatherDependencies) {
  const { digests, putDeliveries, advanceDeliveries, queueFlush, membersMax, now, createToken } =
    dependencies;

  /** The members that no part and no delivery knows of, in their order, and whether there are more. */
  const listPending = async ({ flush, after }: FlushMessage, sealed: ReadonlySet<string>) => {
    const pending: DigestMember[] = [];
    let place = after;
    for (;;) {
      const { members, isLast } = await digests.listMembers(flush, place);
      const open = members.filter((member) => !sealed.has(placeOf(member)));
      // A fan-out that was done twice may have sent one by itself, before its owner wanted digests.
      pending.push(...(await digests.listUnrecorded(flush, open)));
      const last = members.at(-1);
      if (pending.length > membersMax) return { members: pending.slice(0, membersMax), hasMore: true };
      if (isLast || last === undefined) return { members: pending, hasMore: false };
      place = placeOf(last);
    }
  };

  /** Writes down where the events of a part went, and makes its delivery. */
  const launch = async (
    { flush }: FlushMessage,
    part: number,
    members: readonly DigestMember[],
    made: { readonly carrier: CatalogEvent; readonly sent: CatalogEvent; readonly isResumed: boolean },
  ): Promise<WebhookMessage> => {
    const { carrier, sent, isResumed } = made;
    const endpoint = { id: flush.webhook_id, name: flush.webhook_name };
    const reason = `sent as part of ${createDeliveryId(carrier, flush.webhook_id)}`;
    const rows = members
      .slice(1)
      .map((member) =>
        createDelivery(
          { ...member, tenant: flush.tenant },
          endpoint,
          { state: 'filtered', attempts: [], reason },
          now(),
        ),
      );
    for (let start = 0; start < rows.length; start += rowsAtATime) {
      const some = rows.slice(start, start + rowsAtATime);
      // Written before the message came again, one may have been sent anew by hand since.
      await (isResumed ? advanceDeliveries(some) : putDeliveries(some));
    }
    return {
      event: carrier,
      webhook_id: flush.webhook_id,
      attempts: [],
      digest: { id: flush.digest_id, part, count: members.length },
      sent,
    };
  };

  return async (message: FlushMessage): Promise<WebhookMessage | undefined> => {
    const { flush, token } = message;
    const earlySeconds = Math.ceil(((message.not_before ?? 0) - now()) / 1000);
    // None is due later than a queue can delay: a clock that says so has gone wrong by more than it is worth to wait.
    if (earlySeconds > 0 && earlySeconds <= queueDelaySecondsMax) {
      await queueFlush(message, earlySeconds);
      return undefined;
    }
    for (;;) {
      const seals = await digests.listSeals(flush);
      const own = seals.findIndex(({ owner }) => owner === token);
      const ownMembers = seals[own]?.members;
      if (ownMembers !== undefined) {
        const [carrier] = await digests.readEvents(flush, ownMembers.slice(0, 1));
        if (carrier === undefined) throw new Error(`part ${own} of ${flush.digest_id} has no members`);
        const sent = await digests.readSent(flush, own);
        return launch(message, own, ownMembers, { carrier, sent, isResumed: true });
      }
      const sealed = new Set(seals.flatMap(({ members }) => members.map(placeOf)));
      const { members, hasMore } = await listPending(message, sealed);
      const last = members.at(-1);
      if (last === undefined) return undefined;
      const [carrier, latest] = await digests.readEvents(flush, [...members.slice(0, 1), last]);
      if (carrier === undefined || latest === undefined) {
        throw new Error(`events of ${flush.digest_id} were not read`);
      }
      // First: a crash in between would leave the others without a message.
      if (hasMore) await queueFlush({ flush, token: createToken(), after: placeOf(last) }, 0);
      const sent = composeDigest(latest, members);
      const part = seals.length;
      if (await digests.seal(flush, part, { owner: token, members, sent })) {
        return launch(message, part, members, { carrier, sent, isResumed: false });
      }
    }
  };
}
