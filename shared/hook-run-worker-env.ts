import * as z from 'zod';
import { hookWorkersMax } from './limits.ts';
import { wholeNumberSchema } from './read-env.ts';

/** The container of a worker task. */
export const workerContainerName = 'hook-runner';

/** The environment of every function that starts worker tasks. */
export const workerEnvFields = {
  HOOK_CLUSTER_ARN: z.string().min(1),
  HOOK_TASK_DEFINITION_ARN: z.string().min(1),
  /** Comma-separated. */
  HOOK_SUBNET_IDS: z.string().min(1),
  HOOK_SECURITY_GROUP_ID: z.string().min(1),
};

/** What those know who see to more than one worker. */
export const placesEnvFields = {
  /** Workers at a time. */
  HOOK_WORKERS_MAX: wholeNumberSchema.pipe(z.int().min(1).max(hookWorkersMax)),
};
