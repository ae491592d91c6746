import * as z from 'zod';
import type { ApiRequest } from '../client/send-request.ts';
import type { Context } from './command.ts';

const answerSchema = z.record(z.string(), z.unknown());

/** Sends fields as they were given: the API knows them best, and says what is wrong with each. */
export async function sendFields(
  context: Context,
  request: ApiRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const { text } = await context.client().send(request, { signal: context.signal });
  return answerSchema.parse(text === '' ? {} : JSON.parse(text));
}
