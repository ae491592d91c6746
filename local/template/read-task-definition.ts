import { z } from 'zod';
import { type ReadResource, resolveProperties } from './read-resource.ts';
import { TemplateError } from './template.ts';

export interface ContainerModel {
  readonly name: string;
  /** The build context of the image: what the Dockerfile copies is found there. */
  readonly directory: string;
  /** Empty when the Dockerfile decides. */
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stopTimeoutSeconds: number;
}

export interface TaskDefinitionModel {
  readonly logicalId: string;
  readonly arn: string;
  readonly family: string;
  /** What Fargate bills; it does not bound the child process. */
  readonly size?: { readonly cpuUnits: number; readonly memoryMegabytes: number };
  readonly container: ContainerModel;
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
const stopTimeoutSecondsDefault = 30;

const container = z.strictObject({
  Name: z.string(),
  Image: z.string(),
  EntryPoint: z.array(z.string()).default([]),
  Command: z.array(z.string()).default([]),
  Environment: z.array(z.strictObject({ Name: z.string(), Value: z.coerce.string() })).default([]),
  StopTimeout: z.number().default(stopTimeoutSecondsDefault),
  // No local meaning: the child process is the stack user's own.
  Essential: z.unknown().optional(),
  LogConfiguration: z.unknown().optional(),
  LinuxParameters: z.unknown().optional(),
  ReadonlyRootFilesystem: z.unknown().optional(),
  User: z.unknown().optional(),
  Privileged: z.unknown().optional(),
  MountPoints: z.unknown().optional(),
  VolumesFrom: z.unknown().optional(),
  Ulimits: z.unknown().optional(),
  Cpu: z.unknown().optional(),
  Memory: z.unknown().optional(),
  MemoryReservation: z.unknown().optional(),
  WorkingDirectory: z.unknown().optional(),
  PortMappings: z.unknown().optional(),
  RestartPolicy: z.unknown().optional(),
  VersionConsistency: z.unknown().optional(),
});

const properties = z.strictObject({
  ContainerDefinitions: z
    .array(container)
    .length(1, { error: 'the local stack runs one container per task' }),
  Family: z.string().optional(),
  Cpu: z.coerce.number().optional(),
  Memory: z.coerce.number().optional(),
  NetworkMode: z.unknown().optional(),
  RequiresCompatibilities: z.unknown().optional(),
  RuntimePlatform: z.unknown().optional(),
  TaskRoleArn: z.unknown().optional(),
  ExecutionRoleArn: z.unknown().optional(),
  EphemeralStorage: z.unknown().optional(),
  Volumes: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export const readTaskDefinition: ReadResource<TaskDefinitionModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  const [only] = given.ContainerDefinitions;
  const tag = only?.Image.split(':').at(-1) ?? '';
  const directory = context.imageDirectories.get(tag);
  if (only === undefined || directory === undefined) {
    throw new TemplateError(logicalId, resource.Type, `image ${only?.Image ?? ''} is not built by this app`);
  }
  const arn = context.identify(logicalId).ref;
  return {
    logicalId,
    arn,
    family: given.Family ?? logicalId,
    ...(given.Cpu === undefined || given.Memory === undefined
      ? {}
      : { size: { cpuUnits: given.Cpu, memoryMegabytes: given.Memory } }),
    container: {
      name: only.Name,
      directory,
      entryPoint: only.EntryPoint,
      command: only.Command,
      environment: Object.fromEntries(only.Environment.map(({ Name, Value }) => [Name, Value])),
      stopTimeoutSeconds: only.StopTimeout,
    },
  };
};
