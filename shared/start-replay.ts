import type { EndpointId } from './ids.ts';
import { createJob } from './job.ts';
import type { Job } from './job.ts';
import type { Selection } from './replay.ts';

/** Starts to replay deliveries of a webhook, or runs of a hook, after `delaySeconds`; answers the job that tells how far it is. */
export type StartReplay = (
  replay: {
    readonly tenant: string;
    readonly endpointId: EndpointId;
    readonly selection: Selection;
    readonly ratePerSecond: number;
  },
  delaySeconds?: number,
) => Promise<Job>;

/**
 * Makes a `StartReplay`. The message brings the whole job and is queued first: who dies in between leaves a job that
 * runs, and its row is written then; the other way round a job would wait for ever.
 * @param onUnwritten told of a job that runs although its row could not be written yet
 */
export function createStartReplay(dependencies: {
  /** Throws when the job could not be queued. */
  readonly queueJob: (job: Job, delaySeconds: number) => Promise<void>;
  /** Writes the row unless there is one. */
  readonly addJob: (job: Job) => Promise<void>;
  readonly onUnwritten: (job: Job, error: unknown) => void;
  readonly now: () => number;
}): StartReplay {
  const { queueJob, addJob, onUnwritten, now } = dependencies;
  return async (replay, delaySeconds = 0) => {
    const job = createJob(replay, now());
    await queueJob(job, delaySeconds);
    await addJob(job).catch((error: unknown) => onUnwritten(job, error));
    return job;
  };
}
