import * as z from 'zod';

/** The environment of every function that starts worker tasks. */
export const workerEnvFields = {
  HOOK_CLUSTER_ARN: z.string().min(1),
  HOOK_TASK_DEFINITION_ARN: z.string().min(1),
  /** Comma-separated. */
  HOOK_SUBNET_IDS: z.string().min(1),
  HOOK_SECURITY_GROUP_ID: z.string().min(1),
};
