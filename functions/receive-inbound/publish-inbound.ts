import { ApiError } from '../../shared/api-error.ts';
import type { PublishClaims } from '../../shared/aws/publish-claims.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Log } from '../../shared/runtime/log.ts';

interface Dependencies {
  readonly publishEvents: PublishEvents;
  readonly claims: PublishClaims;
  readonly log: Log;
}

export interface PublishInbound {
  /** Throws `ApiError` 503 when the bus does not take the event. */
  publish(event: CatalogEvent): Promise<void>;
  /** As `publish`, but an id that came within the last day is on the bus already. */
  publishOnce(event: CatalogEvent): Promise<'published' | 'repeated'>;
}

/** Puts what senders sent on the bus; 503 makes Sublarr try again. */
export function createPublishInbound({ publishEvents, claims, log }: Dependencies): PublishInbound {
  const put = async (event: CatalogEvent): Promise<ApiError | undefined> => {
    const [rejected] = await publishEvents([event]);
    if (rejected === undefined) return undefined;
    const message = `The event bus did not take this event (${rejected.reason}); send it again.`;
    return new ApiError('unavailable', message);
  };

  const settle = async (event: CatalogEvent, published: boolean): Promise<void> => {
    try {
      await claims.settle([{ event, published }]);
    } catch (error) {
      // What is on the bus would go out once more under the same id, should its sender repeat it.
      log.warn('claim not settled', { tenant: event.tenant, event_id: event.id, error });
    }
  };

  return {
    async publish(event) {
      const problem = await put(event);
      if (problem !== undefined) throw problem;
    },

    async publishOnce(event) {
      const claim = await claims.claim(event);
      if (claim.kind === 'published') return 'repeated';
      if (claim.kind === 'underway') {
        throw new ApiError('unavailable', 'Another request is publishing this event; send it again.');
      }
      const claimed = { ...event, timestamp: claim.timestamp };
      const problem = await put(claimed);
      await settle(claimed, problem === undefined);
      if (problem !== undefined) throw problem;
      return 'published';
    },
  };
}
