import type { Context } from 'aws-lambda';
import { assertNever } from '../../shared/assert-never.ts';
import type { JobTable } from '../../shared/aws/job-table.ts';
import type { ReplayRows } from '../../shared/aws/replay-rows.ts';
import { kindOf } from '../../shared/endpoint.ts';
import type { FindEndpoint } from '../../shared/endpoint.ts';
import type { EndpointId } from '../../shared/ids.ts';
import { failuresKept, hasEnded } from '../../shared/job.ts';
import type { Job, Planned } from '../../shared/job.ts';
import { pageSizeOf, waitForRoom } from '../../shared/replay.ts';
import type { Pace, RowSearch } from '../../shared/replay.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { ReplayPage } from './replay-page.ts';

interface Dependencies {
  readonly jobs: Pick<JobTable, 'get' | 'add' | 'update'>;
  readonly rows: ReplayRows;
  readonly replayPage: ReplayPage;
  readonly findEndpoint: FindEndpoint;
  readonly paceOf: (endpointId: EndpointId) => Pace;
  /** Throws when the job could not be queued. */
  readonly queueJob: (job: Job, delaySeconds: number) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** What is begun with less time left would not end: the next invocation goes on from there. */
const reserveMs = 20_000;
/** Longer than a worker lives, and shorter than the queue hides its message. */
const holdMs = 70_000;
/** Handed over so much before the next delivery is due. */
const earlyMs = 2_000;

type Claim =
  | { readonly kind: 'ours'; readonly job: Job }
  /** Another worker has it in hand, or had it when it died. */
  | { readonly kind: 'held'; readonly untilMs: number }
  | { readonly kind: 'ended' };

/** How a job goes on after one step. */
type Next =
  | { readonly kind: 'go-on'; readonly job: Job }
  /** Too many of those before still wait. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'stop' };
const stop: Next = { kind: 'stop' };

/** Works on jobs, each step written down before the next: whoever takes over after a crash repeats one step at most. */
export function createRunJob(dependencies: Dependencies) {
  const { jobs, rows, replayPage, findEndpoint, paceOf, queueJob, now, log } = dependencies;
  const isoNow = (): string => new Date(now()).toISOString();

  const read = async (asked: Job): Promise<Job> => {
    const known = await jobs.get(asked.tenant, asked.id);
    if (known !== undefined) return known;
    // Its message is queued before its row is written.
    await jobs.add(asked);
    return (await jobs.get(asked.tenant, asked.id)) ?? asked;
  };

  /** Undefined when another worker has taken over. */
  const write = (
    job: Job,
    changes: Partial<Job>,
    unchanged: Partial<Pick<Job, 'state'>> = {},
  ): Promise<Job | undefined> =>
    jobs.update(
      job.tenant,
      job.id,
      { ...changes, updated_at: isoNow(), revision: job.revision + 1 },
      { ...unchanged, revision: job.revision },
    );

  const claim = async (asked: Job): Promise<Claim> => {
    const job = await read(asked);
    if (hasEnded(job.state)) return { kind: 'ended' };
    if ((job.held_until ?? 0) > now()) return { kind: 'held', untilMs: job.held_until ?? 0 };
    const ours = await write(
      job,
      { state: 'running', started_at: job.started_at ?? isoNow(), held_until: now() + holdMs },
      { state: job.state },
    );
    return ours === undefined ? { kind: 'held', untilMs: now() } : { kind: 'ours', job: ours };
  };

  const end = async (job: Job, fields: Pick<Job, 'state'> & Partial<Pick<Job, 'reason' | 'total'>>) => {
    const changes = {
      ...fields,
      page: undefined,
      awaited: undefined,
      cursor: undefined,
      next_at: undefined,
      held_until: undefined,
    };
    const ended = await write(job, { ...changes, finished_at: isoNow() }, { state: 'running' });
    if (ended !== undefined) {
      log.info('job ended', {
        tenant: job.tenant,
        endpoint_id: job.endpoint_id,
        message_id: job.id,
        state: ended.state,
        count: ended.done,
        failed: ended.failed,
        ...(ended.reason === undefined ? {} : { reason: ended.reason }),
      });
    }
    return stop;
  };

  const goOn = async (job: Job, changes: Partial<Job>): Promise<Next> => {
    const written = await write(job, changes);
    return written?.state === 'running' ? { kind: 'go-on', job: written } : stop;
  };

  const searchOf = (job: Job, deadlineMs: number): RowSearch => ({
    tenant: job.tenant,
    endpointId: job.endpoint_id,
    selection: job.selection,
    after: job.cursor,
    deadlineMs,
  });

  const count = async (job: Job, deadlineMs: number): Promise<Next> => {
    const counted = await rows.count(searchOf(job, deadlineMs));
    return goOn(job, {
      total: job.total + counted.count,
      counted: counted.after === undefined,
      cursor: counted.after,
    });
  };

  /** Those of a job that nobody has taken yet; as many as there may be where it does not matter which. */
  const listWaiting = async (job: Job, { waitingMax }: Pace): Promise<readonly Planned[]> => {
    const { awaited = [], page = [], next_at: dueBy = 0 } = job;
    return awaited.length + page.length <= waitingMax
      ? awaited
      : rows.listWaiting({ tenant: job.tenant, endpointId: job.endpoint_id }, awaited, dueBy);
  };

  /** Sends the page that is planned once there is room for it, and plans the next. */
  const replay = async (job: Job, deadlineMs: number): Promise<Next> => {
    const { page = [] } = job;
    const pace = paceOf(job.endpoint_id);
    const waiting = await listWaiting(job, pace);
    const wait = { waiting: waiting.length, waitedMs: now() - (job.next_at ?? 0) };
    const roomInMs = waitForRoom(page.length, wait, pace);
    if (roomInMs > 0) return { kind: 'wait', untilMs: now() + roomInMs };
    const sent = page.length === 0 ? undefined : await replayPage(job, page);
    const next = await rows.find(searchOf(job, deadlineMs), pageSizeOf(job.rate_per_second, pace));
    if (sent === undefined && next.after === undefined) {
      // Rows may have come into the selection, or left it, since they were counted.
      return end(job, { state: 'done', total: job.done + job.failed });
    }
    return goOn(job, {
      ...(sent === undefined
        ? {}
        : {
            done: job.done + sent.done,
            failed: job.failed + sent.failures.length,
            failures: [...job.failures, ...sent.failures].slice(0, failuresKept),
            next_at: sent.nextAt,
            awaited: Number.isFinite(pace.waitingMax)
              ? [...waiting, ...page].slice(-pace.waitingMax)
              : undefined,
          }),
      page: next.planned.length === 0 ? undefined : [...next.planned],
      cursor: next.after ?? job.cursor,
    });
  };

  const step = async (job: Job, deadlineMs: number): Promise<Next> => {
    const kind = kindOf(job.endpoint_id);
    const endpoint = await findEndpoint(job.tenant, job.endpoint_id);
    if (endpoint === undefined) return end(job, { state: 'failed', reason: `The ${kind} was deleted.` });
    if (!endpoint.enabled) {
      const reason = `The ${kind} is disabled${endpoint.disabled_reason === undefined ? '' : ` (${endpoint.disabled_reason})`}. Enable it, then replay again: what was not sent is as it was.`;
      return end(job, { state: 'failed', reason });
    }
    return job.counted ? replay(job, deadlineMs) : count(job, deadlineMs);
  };

  const queueAgain = (asked: Job, atMs: number): Promise<void> =>
    queueJob(asked, Math.max(0, Math.ceil((atMs - now()) / 1000)));

  /** Undefined when nothing more is to be done; otherwise when to go on. */
  const goOnFrom = async (
    claimed: Job,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<{ readonly job: Job; readonly atMs: number } | undefined> => {
    const { beginsAheadMs } = paceOf(claimed.endpoint_id);
    for (let job = claimed; ;) {
      const leftMs = context.getRemainingTimeInMillis() - reserveMs;
      const nextAt = job.next_at ?? 0;
      if (leftMs <= 0 || nextAt > now() + beginsAheadMs) {
        return { job, atMs: nextAt - Math.min(earlyMs, beginsAheadMs) };
      }
      const next = await step(job, now() + leftMs);
      switch (next.kind) {
        case 'stop':
          return undefined;
        case 'wait':
          return { job, atMs: next.untilMs };
        case 'go-on':
          ({ job } = next);
          break;
        default:
          assertNever(next);
      }
    }
  };

  const work = async (asked: Job, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const claimed = await claim(asked);
    if (claimed.kind === 'ended') return;
    if (claimed.kind === 'held') {
      // Whoever has it in hand may be dead: it is looked after once more when the hold is over.
      await queueAgain(asked, claimed.untilMs + 1000);
      return;
    }
    const left = await goOnFrom(claimed.job, context);
    if (left === undefined) return;
    // Let go before it is queued: the next worker would find it held.
    if ((await write(left.job, { held_until: undefined })) === undefined) return;
    await queueAgain(asked, left.atMs);
  };

  return async (
    messages: readonly Received<Job>[],
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<readonly string[]> => {
    const failed: string[] = [];
    for (const { messageId, body } of messages) {
      try {
        await work(body, context);
      } catch (error) {
        log.error('job could not go on', { tenant: body.tenant, message_id: body.id, error });
        failed.push(messageId);
      }
    }
    return failed;
  };
}
