import type * as z from 'zod';
import type {
  createHookSchema,
  scriptQuerySchema,
  testHookSchema,
  updateHookSchema,
} from '../shared/hook-fields.ts';
import type { EventName } from '../shared/catalog.ts';
import type { filterTestSchema } from '../shared/filter-test-fields.ts';
import type {
  deliveriesAnswerSchema,
  eventAnswerSchema,
  eventsAnswerSchema,
  shownDeliverySchema,
  undeliveredAnswerSchema,
} from '../shared/ledger-answers.ts';
import type {
  deliveriesQuerySchema,
  eventQuerySchema,
  eventsQuerySchema,
  logQuerySchema,
  undeliveredQuerySchema,
} from '../shared/ledger-query.ts';
import type { pageQuerySchema } from '../shared/list-query.ts';
import type { ViewerEventName } from '../shared/progress.ts';
import type { enableFieldsSchema, replayFieldsSchema } from '../shared/replay-fields.ts';
import type {
  candidateSchema,
  modifiersSchema,
  presetSchema,
  weightsSchema,
} from '../shared/scoring-fields.ts';
import type { createSourceSchema } from '../shared/source-fields.ts';
import type {
  createWebhookSchema,
  rotateSecretSchema,
  updateWebhookSchema,
} from '../shared/webhook-fields.ts';
import type { loggedDeliverySchema } from '../shared/api/deliveries.ts';
import type { errorAnswerSchema } from '../shared/api/error-answer.ts';
import type { hookAnswerSchema, scriptAnswerSchema, scriptVersionsSchema } from '../shared/api/hooks.ts';
import type { jobAnswerSchema, replayCountSchema } from '../shared/api/replays.ts';
import type { weightsAnswerSchema } from '../shared/api/scoring.ts';
import type { sourceAnswerSchema } from '../shared/api/sources.ts';
import type { webhookAnswerSchema } from '../shared/api/webhooks.ts';

type ReadonlyDeep<Value> = Value extends object
  ? { readonly [Name in keyof Value]: ReadonlyDeep<Value[Name]> }
  : Value;

/** What a request may be made of, which nobody changes. */
type Given<Schema extends z.ZodType> = ReadonlyDeep<z.input<Schema>>;

/** A query as a caller gives it: the server reads numbers and booleans from text. */
type Query<Schema extends z.ZodType> = {
  readonly [Name in keyof z.input<Schema>]?:
    | z.input<Schema>[Name]
    | (Name extends 'limit' | 'status_code' ? number : never)
    | (Name extends 'success' ? boolean : never);
};

/** One page of a list; `next_cursor` is the `cursor` of the next, and null on the last. */
export type Page<Name extends string, Item> = { readonly [Key in Name]: readonly Item[] } & {
  readonly next_cursor: string | null;
};

export type PageQuery = Query<typeof pageQuerySchema>;

export type Webhook = z.output<typeof webhookAnswerSchema>;
export type CreateWebhook = Given<typeof createWebhookSchema>;
export type UpdateWebhook = Given<typeof updateWebhookSchema>;
export type RotateSecret = Given<typeof rotateSecretSchema>;
export type EnableWebhook = Given<typeof enableFieldsSchema>;
/** What one POST to a receiver came to. */
export interface WebhookTest {
  readonly success: boolean;
  readonly delivery_id: string;
  readonly event_id: string;
  readonly event_name: EventName;
  readonly status: number | null;
  readonly duration_ms: number;
  readonly response_body: string | null;
  readonly error: string | null;
  readonly error_class: string | null;
}

export type Hook = z.output<typeof hookAnswerSchema>;
export type CreateHook = Given<typeof createHookSchema>;
export type UpdateHook = Given<typeof updateHookSchema>;
/** What a run by hand runs with: the hook's first event and its sample unless told. */
export interface TestHook extends Pick<z.input<typeof testHookSchema>, 'data'> {
  /** A catalog event. */
  readonly event_name?: z.input<typeof testHookSchema>['event_name'] | (string & {}) | undefined;
}
/** A run by hand. */
export interface HookTest {
  readonly delivery_id: string;
  readonly event_id: string;
  readonly event_name: EventName;
  /** The path under which its outcome will be found. */
  readonly log: string;
  /** What came of it; absent when it had not ended when the wait was over. */
  readonly run?: LoggedDelivery | undefined;
  /** Where to ask for it then. */
  readonly message?: string | undefined;
}
/** Which version of a script: the current one unless told. */
export type ScriptQuery = Query<typeof scriptQuerySchema>;
export type ScriptVersions = z.output<typeof scriptVersionsSchema>;
export type Script = z.output<typeof scriptAnswerSchema>;

/** An event to publish. */
export interface NewEvent {
  /** A catalog event. */
  readonly event_name: Exclude<EventName, 'hook_executed'> | (string & {});
  readonly data: Readonly<Record<string, unknown>>;
  /** 1 to 64 letters, digits, `_` or `-`; the same id again within a day is the same event. Made when left out. */
  readonly id?: string | undefined;
}
/** What became of a request to publish. */
export interface Published {
  /** Null for each event that was not taken. */
  readonly ids: readonly (string | null)[];
  readonly accepted: number;
  readonly failed: number;
  /** Why, for each that was not taken. */
  readonly errors: readonly (z.output<typeof errorAnswerSchema> & {
    readonly index: number;
    readonly status: number;
  })[];
}
/** The catalog: every event, its payload keys and a sample. */
export interface Catalog {
  readonly catalog_version: number;
  readonly events: readonly {
    readonly name: EventName;
    readonly label: string;
    readonly description: string;
    readonly payload_keys: readonly string[];
    readonly payload_types: Readonly<
      Record<string, 'string' | 'integer' | 'number' | 'boolean' | 'string[]'>
    >;
    readonly sample: Readonly<Record<string, unknown>>;
    readonly publishable: boolean;
  }[];
}
export type EventsQuery = Query<typeof eventsQuerySchema>;
export type EventQuery = Query<typeof eventQuerySchema>;
export type EventsPage = z.output<typeof eventsAnswerSchema>;
export type PublishedEvent = z.output<typeof eventAnswerSchema>;
export type FilterTest = Given<typeof filterTestSchema>;
/** Whether a filter lets an event through. */
export interface FilterTested {
  readonly matches: boolean;
  readonly mismatches: readonly { readonly field: string; readonly message: string }[];
  readonly event: {
    readonly id: string;
    readonly event_name: EventName;
    readonly version: number;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}
/** What only live viewers are told of. */
export interface NewProgress {
  readonly event_name: ViewerEventName | (string & {});
  readonly data: Readonly<Record<string, unknown>>;
}
/** Opens one live connection, soon. */
export interface LiveTicket {
  readonly ticket: string;
  /** In seconds. */
  readonly expires_in: number;
  readonly expires_at: string;
  /** Leads to what happened since the ticket was made. */
  readonly cursor: string;
}

export type DeliveriesQuery = Query<typeof deliveriesQuerySchema>;
export type DeliveriesPage = z.output<typeof deliveriesAnswerSchema>;
export type DeliverySummary = DeliveriesPage['deliveries'][number];
export type Delivery = z.output<typeof shownDeliverySchema>;
export type LogQuery = Query<typeof logQuerySchema>;
export type LoggedDelivery = z.output<typeof loggedDeliverySchema>;
/** `done` is false when there was no time for all of it: the same request goes on. */
export interface LogCleared {
  readonly deleted: number;
  readonly done: boolean;
  readonly message?: string | undefined;
}
export type UndeliveredQuery = Query<typeof undeliveredQuerySchema>;
export type UndeliveredPage = z.output<typeof undeliveredAnswerSchema>;
export type UndeliveredAtEndpoint = UndeliveredPage['endpoints'][number];

export type EnableHook = Given<typeof enableFieldsSchema>;
export type Replay = Omit<Given<typeof replayFieldsSchema>, 'dry_run'>;
export type ReplayCount = z.output<typeof replayCountSchema>;
export type Job = z.output<typeof jobAnswerSchema>;
/** What our own faults left behind. */
export interface DeadLetters {
  readonly queues: readonly {
    readonly name: string;
    readonly messages: number;
    readonly redrive: {
      readonly state: string;
      readonly moved: number;
      readonly to_move: number | null;
      readonly started_at: string | null;
      readonly reason: string | null;
    } | null;
  }[];
}
/** What a redrive came to for each queue. */
export interface Redriven {
  readonly queues: readonly {
    readonly name: string;
    readonly messages: number;
    readonly outcome: 'started' | 'already_running' | 'empty';
  }[];
}

export type Source = z.output<typeof sourceAnswerSchema>;
export type CreateSource = Given<typeof createSourceSchema>;

type Points = Readonly<Record<string, number>>;
type GivenWeights = { readonly episode?: Points | undefined; readonly movie?: Points | undefined };
export type ScoringWeights = z.output<typeof weightsAnswerSchema>;
export type SetWeights = Given<typeof weightsSchema>;
export type ProviderModifiers = Given<typeof modifiersSchema>;
export type Candidate = Given<typeof candidateSchema>;
export type ImportPreset = Given<typeof presetSchema>;
export interface PresetHead {
  readonly name: string;
  readonly description: string;
  readonly type: 'episode' | 'movie' | 'both';
}
export interface Preset extends PresetHead {
  readonly weights: GivenWeights;
  readonly provider_modifiers: Points;
}
export interface PresetImported {
  readonly status: 'ok';
  readonly preset: string;
  readonly applied: { readonly weights: GivenWeights; readonly provider_modifiers: Points };
}
export interface Scored {
  readonly type: 'episode' | 'movie';
  readonly provider_name: string | null;
  readonly score: number;
  readonly parts: {
    readonly matches: Points;
    readonly format_bonus: number;
    readonly provider_modifier: number;
  };
  readonly unknown_matches: readonly string[];
}
