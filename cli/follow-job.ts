import type { Job } from '../client/answers.ts';
import type { Context } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { renderProgress } from './render-progress.ts';
import { toPrintable } from './terminal.ts';

function tellEnd({ terminal, isJson }: Context, job: Job): void {
  if (isJson) {
    terminal.printJson(job);
    return;
  }
  terminal.print(
    `${job.id} is ${job.state}: ${job.done} of ${job.total ?? job.done} sent, ${job.failed} failed.`,
  );
  if (job.reason !== null) terminal.note(toPrintable(job.reason));
  for (const { delivery_id, reason } of job.failures)
    terminal.note(toPrintable(`  ${delivery_id}: ${reason}`));
}

/** Shows how far a job is until it ends, or only that it began. Who stops watching does not stop the job. */
export async function followJob(context: Context, job: Job, waits: boolean): Promise<ExitCode> {
  const { terminal, isJson, signal } = context;
  if (!waits) {
    if (isJson) terminal.printJson(job);
    else terminal.print(job.id);
    return exitCodes.ok;
  }
  try {
    const ended = await context.client().jobs.wait(job.id, {
      signal,
      onProgress: (now) => terminal.showStatus(renderProgress(now, terminal.paint, terminal.statusColumns)),
    });
    terminal.clearStatus();
    tellEnd(context, ended);
    return ended.state === 'done' && ended.failed === 0 ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (signal.aborted) {
      terminal.note(
        `The job goes on: "jobs watch ${job.id}" tells how far it is, "jobs cancel ${job.id}" ends it.`,
      );
    }
    throw error;
  }
}
