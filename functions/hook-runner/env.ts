import * as z from 'zod';
import { executionEnvFields } from '../../shared/execution-env.ts';

const wholeNumber = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);

export const envSchema = z.object({
  CONFIG_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  HOOK_RUN_QUEUE_URL: z.string().min(1),
  /** Where retries wait. */
  HOOK_EVENT_QUEUE_URL: z.string().min(1),
  ...executionEnvFields,
  /** Scripts that run at a time. */
  RUN_CONCURRENCY: wholeNumber.pipe(z.int().min(1).max(100)),
  /** How long the worker waits for more before it ends. */
  IDLE_SECONDS: wholeNumber.pipe(z.int().min(1).max(3600)),
});
export type Env = z.input<typeof envSchema>;

/** What ECS adds to the environment of every container. */
export const containerEnvSchema = z.object({
  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html */
  ECS_CONTAINER_METADATA_URI_V4: z.url(
    'is set by ECS in every container: the hook runner is started as an ECS task, not by hand',
  ),
  PATH: z.string().default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
});
