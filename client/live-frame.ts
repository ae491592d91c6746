import * as z from 'zod';

/** An event as viewers are told of it. */
export interface LiveEvent {
  readonly kind: 'event';
  readonly event: string;
  readonly id: string;
  /** Leads to what comes after it. */
  readonly cursor: string;
  /** When it was published, ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event too large for the stream: the API answers it under `reference`. */
export interface LiveReference extends Omit<LiveEvent, 'kind' | 'data'> {
  readonly kind: 'reference';
  readonly reference: string;
  readonly bytes: number;
}

/** More happened meanwhile than is sent again: the newest events come, at most `limit`. */
export interface LiveMissed {
  readonly kind: 'missed';
  readonly since: string;
  readonly limit: number;
  readonly message: string;
}

/** Everything that happened before the connection, and is sent again, has come. */
export interface LiveCaughtUp {
  readonly kind: 'caught_up';
  readonly since: string;
}

export type LiveFrame = LiveEvent | LiveReference | LiveMissed | LiveCaughtUp;

const position = { event: z.string(), id: z.string(), cursor: z.string(), timestamp: z.string() };

const frameSchema = z.union([
  z
    .object({ event: z.literal('missed'), since: z.string(), limit: z.number(), message: z.string() })
    .transform(({ event: kind, ...rest }): LiveMissed => ({ kind, ...rest })),
  z
    .object({ event: z.literal('caught_up'), since: z.string() })
    .transform(({ event: kind, since }): LiveCaughtUp => ({ kind, since })),
  z
    .object({ ...position, data: z.record(z.string(), z.unknown()) })
    .transform((fields): LiveEvent => ({ kind: 'event', ...fields })),
  z
    .object({ ...position, reference: z.string(), bytes: z.number() })
    .transform((fields): LiveReference => ({ kind: 'reference', ...fields })),
]);

/** Reads a frame; undefined for a pong, and for what a newer server may say besides. */
export function readLiveFrame(text: string): LiveFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return frameSchema.safeParse(value).data;
}
