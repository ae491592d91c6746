import { createDeliveryId, isFinal } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { EndpointId } from '../../shared/ids.ts';

/** Whether the ledger lets a row follow what it knows: no final state of a round is left, no attempt is forgotten. */
export function mayFollow(known: Delivery | undefined, next: Delivery): boolean {
  if (known === undefined) return true;
  const [round, last] = [next.round ?? 0, known.round ?? 0];
  if (round !== last) return round > last;
  return !isFinal(known.state) && next.attempts.length >= known.attempts.length;
}

/** The ledger's rows of deliveries, and every state that each was in. */
export function memoryLedger() {
  const rows = new Map<string, Delivery>();
  const history: { readonly before: Delivery | undefined; readonly after: Delivery }[] = [];
  const put = (delivery: Delivery): void => {
    const key = `${delivery.tenant} ${delivery.id}`;
    history.push({ before: rows.get(key), after: delivery });
    rows.set(key, delivery);
  };
  return {
    rows,
    history,
    find: (event: CatalogEvent, id: EndpointId) => rows.get(`${event.tenant} ${createDeliveryId(event, id)}`),
    put,
    advance(delivery: Delivery): void {
      if (mayFollow(rows.get(`${delivery.tenant} ${delivery.id}`), delivery)) put(delivery);
    },
  };
}
