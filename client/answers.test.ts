import { describe, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import type { clearedSchema } from '../shared/api/deliveries.ts';
import type {
  catalogAnswerSchema,
  filterTestedSchema,
  liveTicketSchema,
  publishedSchema,
} from '../shared/api/events.ts';
import type { queuedSchema } from '../shared/api/hooks.ts';
import type { deadLettersSchema, redrivenSchema } from '../shared/api/replays.ts';
import type {
  modifiersAnswerSchema,
  presetAnswerSchema,
  presetImportedSchema,
  presetsSchema,
  scoredSchema,
} from '../shared/api/scoring.ts';
import type { webhookTestedSchema } from '../shared/api/webhooks.ts';
import type {
  Catalog,
  DeadLetters,
  FilterTested,
  HookTest,
  LiveTicket,
  LogCleared,
  Preset,
  PresetHead,
  PresetImported,
  ProviderModifiers,
  Published,
  Redriven,
  Scored,
  WebhookTest,
} from './answers.ts';

type Answer<Schema extends z.ZodType> = z.output<Schema>;

// The compiler is what checks these. The types that are not listed are made of the documented schemas themselves.
describe('what the API is documented to answer is of the type that the client says:', () => {
  test('events', () => {
    expectTypeOf<Answer<typeof catalogAnswerSchema>>().toExtend<Catalog>();
    expectTypeOf<Answer<typeof publishedSchema>>().toExtend<Published>();
    expectTypeOf<Answer<typeof filterTestedSchema>>().toExtend<FilterTested>();
    expectTypeOf<Answer<typeof liveTicketSchema>>().toExtend<LiveTicket>();
  });

  test('tests of webhooks and hooks', () => {
    expectTypeOf<Answer<typeof webhookTestedSchema>>().toExtend<WebhookTest>();
    expectTypeOf<Answer<typeof queuedSchema>>().toExtend<HookTest>();
  });

  test('the log and dead letters', () => {
    expectTypeOf<Answer<typeof clearedSchema>>().toExtend<LogCleared>();
    expectTypeOf<Answer<typeof deadLettersSchema>>().toExtend<DeadLetters>();
    expectTypeOf<Answer<typeof redrivenSchema>>().toExtend<Redriven>();
  });

  test('scoring', () => {
    expectTypeOf<Answer<typeof presetsSchema>>().toExtend<readonly PresetHead[]>();
    expectTypeOf<Answer<typeof presetAnswerSchema>>().toExtend<Preset>();
    expectTypeOf<Answer<typeof presetImportedSchema>>().toExtend<PresetImported>();
    expectTypeOf<Answer<typeof modifiersAnswerSchema>>().toExtend<ProviderModifiers>();
    expectTypeOf<Answer<typeof scoredSchema>>().toExtend<Scored>();
  });
});
