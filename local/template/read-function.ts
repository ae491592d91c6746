import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { nameResource } from './name-resource.ts';
import { type ReadContext, type ReadResource, resolveProperties } from './read-resource.ts';
import { TemplateError, type TemplateResource } from './template.ts';

export interface FunctionModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** What log lines call it: the folder of its bundle. */
  readonly label: string;
  /** The folder of the bundle. */
  readonly directory: string;
  /** The handler's module and export: `index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

const properties = z.strictObject({
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Handler: z.string(),
  Runtime: z.string().startsWith('nodejs'),
  FunctionName: z.string().optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  // No local meaning.
  Role: z.unknown().optional(),
  Architectures: z.unknown().optional(),
  Description: z.unknown().optional(),
  LoggingConfig: z.unknown().optional(),
  TracingConfig: z.unknown().optional(),
  ReservedConcurrentExecutions: z.unknown().optional(),
  RecursiveLoop: z.unknown().optional(),
  EphemeralStorage: z.unknown().optional(),
  KmsKeyArn: z.unknown().optional(),
  RuntimeManagementConfig: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/** CDK names the asset's folder in the metadata when asked to; its manifest names it always. */
function findDirectory(
  logicalId: string,
  resource: TemplateResource,
  s3Key: string,
  context: ReadContext,
): string {
  const path = resource.Metadata['aws:asset:path'];
  if (typeof path === 'string') return resolve(context.assemblyDir, path);
  const directory = context.fileDirectories.get(s3Key.replace(/\.zip$/, ''));
  if (directory === undefined)
    throw new TemplateError(logicalId, resource.Type, `its code ${s3Key} is no asset of this app`);
  return directory;
}

export const readFunction: ReadResource<FunctionModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  const name = nameResource(logicalId, resource);
  const directory = findDirectory(logicalId, resource, given.Code.S3Key, context);
  const folder = basename(directory);
  return {
    logicalId,
    name,
    // A staged asset's folder is called after its hash.
    label: folder.startsWith('asset.') ? name : folder,
    arn: context.identify(logicalId).attributes['Arn'] ?? '',
    directory,
    handler: given.Handler,
    environment: given.Environment?.Variables ?? {},
    timeoutSeconds: given.Timeout,
    memoryMegabytes: given.MemorySize,
  };
};
