import type { ScoringTable } from '../../shared/aws/scoring-table.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Log } from '../../shared/runtime/log.ts';

interface Dependencies {
  readonly raiseVersion: ScoringTable['raiseVersion'];
  readonly log: Log;
}

/**
 * Makes every cache of a tenant's scoring stale. The same event again, or one of our own, for which the version was
 * raised already, costs each cache one load more.
 */
export function createInvalidateScoring({ raiseVersion, log }: Dependencies) {
  return async ({ id, tenant }: CatalogEvent): Promise<void> => {
    await raiseVersion(tenant);
    log.info('scoring invalidated', { event_id: id, tenant });
  };
}
