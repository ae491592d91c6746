import type { ApiRequest } from '../client/send-request.ts';
import type { Context } from './command.ts';

/** Sends fields as they were given: the API knows them best, and says what is wrong with each. */
export const sendFields = (context: Context, request: ApiRequest) =>
  context
    .client()
    .call<Readonly<Record<string, unknown>>>({ ...request, requires: ['id'] }, { signal: context.signal });
