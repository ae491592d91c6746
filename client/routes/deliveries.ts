import type {
  DeliveriesPage,
  DeliveriesQuery,
  Delivery,
  LoggedDelivery,
  UndeliveredPage,
  UndeliveredQuery,
} from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';

/** What became of each event at each webhook and hook. */
export const createDeliveryRoutes = (call: CallRoute) => ({
  list: (query: DeliveriesQuery = {}, options?: CallOptions) =>
    call<DeliveriesPage>(
      { method: 'GET', path: '/api/v1/deliveries', query, requires: ['deliveries'] },
      options,
    ),

  /** With every attempt. */
  get: (id: string, options?: CallOptions) =>
    call<Delivery>(
      { method: 'GET', path: pathOf`/api/v1/deliveries/${id}`, requires: ['id', 'attempts'] },
      options,
    ),

  /** Sends it anew now, whatever its state. */
  retry: (id: string, options?: CallOptions) =>
    call<LoggedDelivery>(
      { method: 'POST', path: pathOf`/api/v1/deliveries/${id}/retry`, requires: ['id'] },
      options,
    ),

  /** Tells, of each webhook and hook, what did not arrive, why, and what to do. */
  listUndelivered: (query: UndeliveredQuery = {}, options?: CallOptions) =>
    call<UndeliveredPage>(
      { method: 'GET', path: '/api/v1/undelivered', query, requires: ['endpoints'] },
      options,
    ),
});
