import type { Context } from 'aws-lambda';
import type { CatalogEvent } from '../../shared/event.ts';
import { renderFrame } from '../../shared/live-frame.ts';
import type { ReplayStep } from '../../shared/live-replay.ts';
import { isWatching } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import { runBounded } from '../../shared/run-bounded.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { LiveMessage } from './live-message.ts';
import type { TellViewer, TimedFrame } from './tell-viewer.ts';

interface Dependencies {
  readonly listViewers: (tenant: string) => Promise<readonly Viewer[]>;
  readonly tellViewer: TellViewer;
  readonly replayMissed: (step: ReplayStep, mayStart: () => boolean) => Promise<void>;
  readonly log: Log;
}

/** Viewers posted to at a time; the SDK keeps 50 sockets. */
const viewersAtATime = 50;
/** A post and its retries, and removing a row, take up to this long: none is begun later. */
const reserveMs = 10_000;

type Message = Received<CatalogEvent>;

const isEvent = (message: Received<LiveMessage>): message is Message => 'event_name' in message.body;
const isStep = (message: Received<LiveMessage>): message is Received<ReplayStep> => 'replay' in message.body;

function groupByTenant(messages: readonly Message[]): Map<string, Message[]> {
  return Map.groupBy(messages, ({ body }) => body.tenant);
}

/**
 * Posts every event of a batch to the viewers of its tenant who watch it, and goes on telling viewers who came back what
 * they missed. Events come back only when the viewers of their tenant cannot be read: sending a batch again because of
 * one viewer would show it twice to all others.
 */
export function createPushLive({ listViewers, tellViewer, replayMissed, log }: Dependencies) {
  const listSafely = async (tenant: string): Promise<readonly Viewer[] | undefined> => {
    try {
      return await listViewers(tenant);
    } catch (error) {
      log.error('viewers not read', { tenant, error });
      return undefined;
    }
  };

  const tellSafely = async (
    viewer: Viewer,
    frames: readonly TimedFrame[],
    mayStart: () => boolean,
  ): Promise<readonly string[]> => {
    const { connection_id, tenant } = viewer;
    try {
      return (await tellViewer(viewer, frames, mayStart)).sent;
    } catch (error) {
      log.warn('viewer not told', { connection_id, tenant, failed: frames.length, error });
      return [];
    }
  };

  const replaySafely = async (
    { messageId, body }: Received<ReplayStep>,
    mayStart: () => boolean,
  ): Promise<readonly string[]> => {
    try {
      await replayMissed(body, mayStart);
      return [];
    } catch (error) {
      const { connection_id, tenant } = body.replay;
      log.error('step of a replay failed', { connection_id, tenant, error });
      return [messageId];
    }
  };

  const pushTenant = async (
    tenant: string,
    messages: readonly Message[],
    mayStart: () => boolean,
  ): Promise<readonly string[]> => {
    const viewers = await listSafely(tenant);
    if (viewers === undefined) return messages.map(({ messageId }) => messageId);
    const events = messages.map(({ body }) => body);
    const frames = viewers.length === 0 ? [] : events.map((event) => ({ event, text: renderFrame(event) }));
    const sent = await runBounded(viewers, viewersAtATime, (viewer) =>
      tellSafely(
        viewer,
        frames
          .filter(({ event }) => isWatching(viewer, event.event_name))
          .map(({ event, text }) => ({ eventId: event.id, text, timestamp: event.timestamp })),
        mayStart,
      ),
    );
    for (const event of events) {
      const watching = viewers.filter((viewer) => isWatching(viewer, event.event_name)).length;
      const count = sent.filter((ids) => ids.includes(event.id)).length;
      log.info('event pushed', {
        event_id: event.id,
        event_name: event.event_name,
        tenant,
        count,
        failed: watching - count,
      });
    }
    return [];
  };

  return async (
    messages: readonly Received<LiveMessage>[],
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<readonly string[]> => {
    const mayStart = (): boolean => context.getRemainingTimeInMillis() > reserveMs;
    const failed = await Promise.all([
      ...Array.from(groupByTenant(messages.filter(isEvent)), ([tenant, its]) =>
        pushTenant(tenant, its, mayStart),
      ),
      ...messages.filter(isStep).map((message) => replaySafely(message, mayStart)),
    ]);
    return failed.flat();
  };
}
