import type { z } from 'zod';
import type { ResourceIdentity, StackPlace } from './name-resource.ts';
import type { ResolveIntrinsics } from './resolve-intrinsics.ts';
import { parseProperties, type TemplateResource } from './template.ts';

/** What a reader of one resource type may ask about the whole template. */
export interface ReadContext {
  readonly place: StackPlace;
  readonly resolve: ResolveIntrinsics;
  identify(logicalId: string): ResourceIdentity;
  /** The folder of the cloud assembly: asset paths are relative to it. */
  readonly assemblyDir: string;
  /** The folder of a container image's build context, by the asset hash in its tag. */
  readonly imageDirectories: ReadonlyMap<string, string>;
  /** The folder of a file asset, by its hash. */
  readonly fileDirectories: ReadonlyMap<string, string>;
}

export type ReadResource<Model> = (
  logicalId: string,
  resource: TemplateResource,
  context: ReadContext,
) => Model;

/** Resolves and parses the properties of a resource. Throws TemplateError naming it. */
export function resolveProperties<Schema extends z.ZodType>(
  schema: Schema,
  logicalId: string,
  resource: TemplateResource,
  context: ReadContext,
): z.infer<Schema> {
  return parseProperties(schema, logicalId, resource.Type, context.resolve(logicalId, resource.Properties));
}
