import * as z from 'zod';

/** What whoever tells of finished deliveries and runs must know. */
export const executionEnvFields = {
  EVENT_BUS_NAME: z.string().min(1),
  CONNECTIONS_TABLE: z.string().min(1),
  /** `always` for rules of one's own on `hook_executed`; otherwise the bus is paid for only while somebody watches. */
  PUBLISH_HOOK_EXECUTED: z.enum(['when-watched', 'always']),
};
const schema = z.object(executionEnvFields);
export type ExecutionEnv = z.output<typeof schema>;
