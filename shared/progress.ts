import { createHash } from 'node:crypto';

/** High-frequency streams. They go straight to live viewers: never onto the bus, to a webhook or to a hook. */
export const progressEvents = [
  'job_update',
  'batch_progress',
  'retranslation_progress',
  'wanted_batch_progress',
  'wanted_search_progress',
  'whisper_progress',
] as const;

/** What happened at the producer's own, for viewers alone. They go the way of progress. */
export const operationalEvents = ['webhook_completed'] as const;

export const viewerEvents = [...progressEvents, ...operationalEvents] as const;
/** An event that reaches live viewers only and is kept nowhere. */
export type ViewerEventName = (typeof viewerEvents)[number];

export const isViewerEvent = (name: string): name is ViewerEventName =>
  (viewerEvents as readonly string[]).includes(name);

const isProgress = (name: ViewerEventName): boolean => (progressEvents as readonly string[]).includes(name);

/** The fields that tell two streams of one name apart, the first that is there. */
const streamFields = ['job_id', 'batch_id', 'item_id', 'id'];

/**
 * Names the stream of which an event is a state: a later state of the same stream stands for an earlier one. Each
 * operational event is a stream of its own, so only the very same one is joined.
 */
export function streamOf(name: ViewerEventName, data: Readonly<Record<string, unknown>>): string {
  const field = streamFields.find((each) => data[each] !== undefined && data[each] !== null);
  const identity = isProgress(name) ? (field === undefined ? null : [field, data[field]]) : data;
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  return `${name}#${digest}`;
}
