import { assertNever } from '../../shared/assert-never.ts';
import type { ProgressTable } from '../../shared/aws/progress-table.ts';
import { renderFrame } from '../../shared/live-frame.ts';
import { isWatching } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import { parseJson } from '../../shared/parse-request.ts';
import { streamOf } from '../../shared/progress.ts';
import type { ViewerEventName } from '../../shared/progress.ts';
import { runBounded } from '../../shared/run-bounded.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { CutViewer } from '../../shared/runtime/cut-viewer.ts';
import type { PushFrames } from '../../shared/runtime/push-frames.ts';
import { readProgress } from './read-progress.ts';

interface Dependencies {
  readonly listViewers: (tenant: string) => Promise<readonly Viewer[]>;
  readonly pushFrames: PushFrames;
  readonly cutViewer: CutViewer;
  readonly table: ProgressTable;
  readonly createId: (nowMs: number) => string;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** Viewers posted to at a time; the SDK keeps 50 sockets. */
const viewersAtATime = 50;
/** A post takes up to 5 s: none is begun with less time left for the answer. */
const reserveMs = 6_000;

/**
 * `POST /api/v1/progress`: tells the tenant's viewers of a state, and answers 202. States of one stream that come faster
 * than ten a second are left out but for the latest, and the last of a burst is always told.
 */
export function createPushProgress(dependencies: Dependencies) {
  const { listViewers, pushFrames, cutViewer, table, createId, now, pause } = dependencies;

  const tell = async (
    { tenant, remainingMs }: Pick<HttpRequest, 'tenant' | 'remainingMs'>,
    name: ViewerEventName,
    text: string,
  ): Promise<void> => {
    const viewers = await listViewers(tenant);
    await runBounded(
      viewers.filter((viewer) => isWatching(viewer, name)),
      viewersAtATime,
      async (viewer) => {
        const { end } = await pushFrames(viewer, [{ eventId: name, text }], () => remainingMs() > reserveMs);
        if (end === 'failed') await cutViewer(viewer);
      },
    );
  };

  return async (request: Pick<HttpRequest, 'tenant' | 'body' | 'remainingMs'>): Promise<HttpAnswer> => {
    const { name, data } = readProgress(parseJson(request.body));
    const nowMs = now();
    const id = createId(nowMs);
    const accepted: HttpAnswer = { status: 202, body: { id } };
    const { tenant } = request;
    // Who is not watched costs one read.
    if (!(await listViewers(tenant)).some((viewer) => isWatching(viewer, name))) return accepted;

    const timestamp = new Date(nowMs).toISOString();
    const text = renderFrame({ event_name: name, data, id, timestamp });
    const stream = streamOf(name, data);
    const turn = await table.offer(tenant, stream, text);
    switch (turn.kind) {
      case 'tell':
        await tell(request, name, text);
        return accepted;
      case 'wait': {
        // Before the answer: after it, a function may not run on.
        await pause(turn.untilMs - now());
        const latest = await table.take(tenant, stream, turn.untilMs);
        if (latest !== undefined) await tell(request, name, latest);
        return accepted;
      }
      case 'left':
        return accepted;
      default:
        return assertNever(turn);
    }
  };
}
