import * as z from 'zod';
import { isStart } from './live-cursor.ts';
import type { LivePosition } from './live-cursor.ts';
import { seamEndsAt, viewerSchema } from './live-viewer.ts';
import type { Viewer } from './live-viewer.ts';

/** A viewer who came back with the cursor of the last frame that it got. */
export const returnedViewerSchema = viewerSchema.extend({ since: z.string() });
export type ReturnedViewer = z.infer<typeof returnedViewerSchema>;

export const isReturned = (viewer: Viewer): viewer is ReturnedViewer => viewer.since !== undefined;

/** One step of telling a viewer what it missed, as it travels in the queue of live events. */
export const replayStepSchema = z.object({
  replay: returnedViewerSchema,
  /** How often the ledger was read to its end. */
  pass: z.int().min(0),
  /** The key of the ledger down to which this pass has come; absent at its beginning. */
  after: z.string().optional(),
});
export type ReplayStep = z.infer<typeof replayStepSchema>;

/**
 * Events are told out of order, and their rows are written some moments after them: what a viewer has not got may be
 * this much older than the last frame that it has. Events within it may come to a returning viewer a second time.
 */
export const cursorOverlapMs = 5_000;
/** A row that is written later than this after its event may be missed, if the live stream missed it too. */
export const lateRowMs = 30_000;
/** After the seam has ended: for rows of its last events. */
const settleMs = 5_000;

const isoAt = (ms: number): string => new Date(ms).toISOString();

/** The times of the events that a pass looks for: from `from` until before `until`. */
export function rangeOfPass(
  { replay, pass }: Pick<ReplayStep, 'replay' | 'pass'>,
  since: LivePosition,
): { readonly from: string; readonly until: string } {
  const missedFromMs = Date.parse(since.timestamp) - (isStart(since) ? 0 : cursorOverlapMs);
  // The first pass told of everything but what comes late.
  const fromMs =
    pass === 0 ? missedFromMs : Math.max(missedFromMs, Date.parse(replay.connected_at) - lateRowMs);
  return { from: isoAt(fromMs), until: isoAt(seamEndsAt(replay)) };
}

/**
 * In how many seconds the ledger is to be read once more after a pass, undefined when the last was enough: one that
 * began after the rows of every event that the seam holds had been written.
 */
export function nextPassIn(
  { replay, pass }: Pick<ReplayStep, 'replay' | 'pass'>,
  nowMs: number,
): number | undefined {
  const leftMs = seamEndsAt(replay) + settleMs - nowMs;
  if (leftMs <= 0) return undefined;
  return Math.min(2 ** pass, Math.ceil(leftMs / 1000));
}

/** How long a viewer may take to read what it missed: a thousand large events over a slow line. */
const replayPatienceMs = 10 * 60_000;

/** Whether to try a frame once more that was not taken: the connection is still opening, or reads slowly. */
export const mayTryAgain = (replay: ReturnedViewer, nowMs: number): boolean =>
  nowMs - Date.parse(replay.connected_at) < replayPatienceMs;
