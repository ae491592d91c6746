import * as z from 'zod';
import { executionEnvFields } from '../../shared/execution-env.ts';
import { placesEnvFields } from '../../shared/hook-run-worker-env.ts';
import { hookWorkersMax } from '../../shared/limits.ts';
import { wholeNumberSchema } from '../../shared/read-env.ts';

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  HOOK_RUN_QUEUE_URL: z.string().min(1),
  /** Where retries wait, and where it tells of a backlog. */
  HOOK_EVENT_QUEUE_URL: z.string().min(1),
  ...executionEnvFields,
  ...placesEnvFields,
  /** Scripts that run at a time. */
  RUN_CONCURRENCY: wholeNumberSchema.pipe(z.int().min(1).max(100)),
  /** How long the worker waits for more before it ends. */
  IDLE_SECONDS: wholeNumberSchema.pipe(z.int().min(1).max(3600)),
});
export type Env = z.input<typeof envSchema>;

/** What ECS adds to the environment of every container, and what comes with the task. */
export const containerEnvSchema = z.object({
  /** Which worker it is: the first one is whom every message relies on, the others come for a backlog. */
  WORKER_PLACE: wholeNumberSchema.pipe(z.int().max(hookWorkersMax - 1)),
  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html */
  ECS_CONTAINER_METADATA_URI_V4: z.url(
    'is set by ECS in every container: the hook runner is started as an ECS task, not by hand',
  ),
  PATH: z.string().default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
});
