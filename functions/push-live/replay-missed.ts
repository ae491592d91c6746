import type { LiveHistory } from '../../shared/aws/live-history.ts';
import { renderCaughtUp, renderFrame, renderMissed } from '../../shared/live-frame.ts';
import { readLiveCursor } from '../../shared/live-cursor.ts';
import { mayTryAgain, nextPassIn, rangeOfPass } from '../../shared/live-replay.ts';
import type { ReplayStep, ReturnedViewer } from '../../shared/live-replay.ts';
import { isWatching } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import { ledgerRetentionDays, liveReplayEventsMax } from '../../shared/limits.ts';
import type { CutViewer } from '../../shared/runtime/cut-viewer.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { TellViewer, TimedFrame } from './tell-viewer.ts';

interface Dependencies {
  readonly isConnected: (viewer: Viewer) => Promise<boolean>;
  readonly history: LiveHistory;
  readonly tellViewer: TellViewer;
  readonly cutViewer: CutViewer;
  /** Throws when the queue did not take the step. */
  readonly queueStep: (step: ReplayStep, delaySeconds: number) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

const retentionMs = ledgerRetentionDays * 24 * 60 * 60 * 1000;
/** Rows of each of the ledger's logs that a step reads: few, so that it shares a batch with live events. */
const rowsPerStep = 25;
/** Of most of which nothing is told. */
const rowsPerFilteredStep = 250;

/**
 * Does one step of telling a viewer what it missed since its cursor, and queues the next. The ledger is read to its end
 * several times, since its rows come later than their events. Throws what makes the step come back.
 */
export function createReplayMissed(dependencies: Dependencies) {
  const { isConnected, history, tellViewer, cutViewer, queueStep, now, log } = dependencies;

  const frameOf = ({ replay }: ReplayStep, eventId: string, text: string): TimedFrame => ({
    eventId,
    text,
    timestamp: replay.connected_at,
  });

  /** Where the pass begins, and whether that leaves events out. */
  const findStart = async (step: ReplayStep, range: { from: string; until: string }) => {
    const { events, tenant } = step.replay;
    const isFirst = step.pass === 0 && step.after === undefined;
    if (!isFirst) return { ...range, isCut: false };
    const names = events.includes('*') ? undefined : events;
    const from = await history.findNewest(tenant, names, range, liveReplayEventsMax);
    const isForgotten = Date.parse(range.from) < now() - retentionMs;
    return { until: range.until, from: from ?? range.from, isCut: from !== undefined || isForgotten };
  };

  const goOn = async (step: ReplayStep, readTo: string | undefined): Promise<void> => {
    const { replay, pass } = step;
    if (readTo !== undefined) return queueStep({ replay, pass, after: readTo }, 0);
    const seconds = nextPassIn(step, now());
    if (seconds !== undefined) return queueStep({ replay, pass: pass + 1 }, seconds);
    log.info('viewer caught up', { connection_id: replay.connection_id, tenant: replay.tenant });
  };

  const tryAgain = async (step: ReplayStep, replay: ReturnedViewer): Promise<void> => {
    if (mayTryAgain(replay, now())) return queueStep(step, 1);
    log.warn('viewer not told of all it missed', {
      connection_id: replay.connection_id,
      tenant: replay.tenant,
    });
    await cutViewer(replay);
  };

  return async (step: ReplayStep, mayStart: () => boolean): Promise<void> => {
    const { replay, pass, after } = step;
    if (!(await isConnected(replay))) return;
    const since = readLiveCursor(replay.since);
    const { from, until, isCut } = await findStart(step, rangeOfPass(step, since));
    const limit = replay.events.includes('*') ? rowsPerStep : rowsPerFilteredStep;
    const { events, readTo } = await history.readOn(replay.tenant, { from, after, until }, limit);
    const missed = events.filter(({ id, event_name }) => id !== since.id && isWatching(replay, event_name));
    const { left, isGone } = await tellViewer(
      replay,
      [
        ...(isCut ? [frameOf(step, '#missed', renderMissed(replay.since, liveReplayEventsMax))] : []),
        ...missed.map((event) => ({
          eventId: event.id,
          text: renderFrame(event),
          timestamp: event.timestamp,
        })),
        ...(pass === 0 && readTo === undefined
          ? [frameOf(step, '#caught_up', renderCaughtUp(replay.since))]
          : []),
      ],
      mayStart,
    );
    if (isGone) return;
    await (left > 0 ? tryAgain(step, replay) : goOn(step, readTo));
  };
}
