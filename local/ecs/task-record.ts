import { z } from 'zod';

export const taskRecord = z.object({
  taskArn: z.string(),
  clusterArn: z.string(),
  taskDefinitionArn: z.string(),
  containerName: z.string(),
  lastStatus: z.enum(['PENDING', 'RUNNING', 'STOPPED']),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  stoppedAt: z.iso.datetime().optional(),
  stopCode: z
    .enum(['TaskFailedToStart', 'EssentialContainerExited', 'UserInitiated', 'TerminationNotice'])
    .optional(),
  stoppedReason: z.string().optional(),
  exitCode: z.number().optional(),
  pid: z.number().optional(),
  clientToken: z.string().optional(),
  startedBy: z.string().optional(),
  group: z.string(),
  overrides: z.unknown().optional(),
  /** Has everybody who listens for its end been told? */
  isEndAnnounced: z.boolean(),
});

/** A task as the data folder keeps it. */
export type TaskRecord = z.infer<typeof taskRecord>;

const epochSeconds = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time) / 1000;

function describeContainer(task: TaskRecord): Record<string, unknown> {
  return {
    containerArn: `${task.taskArn.replace(':task/', ':container/')}/${task.containerName}`,
    taskArn: task.taskArn,
    name: task.containerName,
    lastStatus: task.lastStatus,
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
  };
}

function describe(task: TaskRecord): Record<string, unknown> {
  return {
    taskArn: task.taskArn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    lastStatus: task.lastStatus,
    desiredStatus: task.lastStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
    launchType: 'FARGATE',
    group: task.group,
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    overrides: task.overrides ?? { containerOverrides: [] },
    containers: [describeContainer(task)],
    version: { PENDING: 1, RUNNING: 2, STOPPED: 3 }[task.lastStatus],
  };
}

/** The task as ECS operations answer it: times are epoch seconds. */
export function toTaskAnswer(task: TaskRecord): Record<string, unknown> {
  return {
    ...describe(task),
    createdAt: epochSeconds(task.createdAt),
    startedAt: epochSeconds(task.startedAt),
    stoppedAt: epochSeconds(task.stoppedAt),
  };
}

/** The task as the detail of "ECS Task State Change": times are ISO texts. */
export function toTaskStateChange(task: TaskRecord): Record<string, unknown> {
  return {
    ...describe(task),
    createdAt: task.createdAt,
    startedAt: task.startedAt,
    stoppedAt: task.stoppedAt,
    updatedAt: task.stoppedAt ?? task.startedAt ?? task.createdAt,
  };
}
