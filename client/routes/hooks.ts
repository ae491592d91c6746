import type {
  CreateHook,
  Hook,
  HookTest,
  LogCleared,
  LoggedDelivery,
  LogQuery,
  Page,
  PageQuery,
  TestHook,
  UpdateHook,
} from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';

const path = '/api/v1/hooks';
const logPath = '/api/v1/hooks/logs';

/** Hook scripts' subscriptions, and the original's log of all deliveries and runs. */
export const createHookRoutes = (call: CallRoute) => ({
  list: (query: PageQuery = {}, options?: CallOptions) =>
    call<Page<'hooks', Hook>>({ method: 'GET', path, query }, options),

  /** Subscribes a script, pinned to the content that it has now. */
  create: (fields: CreateHook, options?: CallOptions) =>
    call<Hook>({ method: 'POST', path, json: fields }, options),

  get: (id: string, options?: CallOptions) =>
    call<Hook>({ method: 'GET', path: pathOf`/api/v1/hooks/${id}` }, options),

  /** Changes the fields that are given; naming the script moves the hook to its current content. */
  update: (id: string, fields: UpdateHook, options?: CallOptions) =>
    call<Hook>({ method: 'PUT', path: pathOf`/api/v1/hooks/${id}`, json: fields }, options),

  delete: (id: string, options?: CallOptions) =>
    call<void>({ method: 'DELETE', path: pathOf`/api/v1/hooks/${id}` }, options),

  /** Runs it once now, also when it is disabled, and waits up to 25 s for what comes of it. */
  test: (id: string, fields: TestHook = {}, options?: CallOptions) =>
    call<HookTest>({ method: 'POST', path: pathOf`/api/v1/hooks/${id}/test`, json: fields }, options),

  listLogs: (query: LogQuery = {}, options?: CallOptions) =>
    call<Page<'logs', LoggedDelivery>>({ method: 'GET', path: logPath, query }, options),

  clearLogs: (options?: CallOptions) => call<LogCleared>({ method: 'DELETE', path: logPath }, options),
});
