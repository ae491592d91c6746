import { basename } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import type { App } from 'aws-cdk-lib';
import { stackName } from './build-app.ts';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});
const templateSchema = z.looseObject({ Resources: z.record(z.string(), resourceSchema) });

export type Resource = z.infer<typeof resourceSchema> & { readonly id: string };

/** Questions to the template of an app's stack. */
export class SynthesizedStack {
  readonly #template: Template;
  readonly #resources: readonly Resource[];

  constructor(app: App) {
    const parsed = templateSchema.parse(app.synth().getStackByName(stackName).template);
    this.#template = Template.fromJSON(parsed);
    this.#resources = Object.entries(parsed.Resources).map(([id, resource]) => ({ id, ...resource }));
  }

  all(type: string): readonly Resource[] {
    return this.#resources.filter((resource) => resource.Type === type);
  }

  /** How many resources of the type have such properties; `Match` works in them. */
  count(type: string, properties: Readonly<Record<string, unknown>> = {}): number {
    return Object.keys(this.#template.findResources(type, { Properties: properties })).length;
  }

  output(name: string): unknown {
    return this.#template.findOutputs(name)[name]?.['Value'];
  }

  parameter(name: string): unknown {
    return this.#template.findParameters(name)[name];
  }

  /** The only resource of the type whose construct has that name. */
  named(type: string, name: string): Resource {
    const found = this.all(type).filter((resource) => nameOf(resource) === name);
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
      throw new Error(`${found.length} resources of type ${type} are named ${name}`);
    }
    return resource;
  }

  /** The Lambda function made of the folder `functions/<name>`. */
  lambda(name: string): Resource {
    const found = this.all('AWS::Lambda::Function').find(
      (resource) => basename(String(resource.Metadata['aws:asset:path'])) === name,
    );
    if (found === undefined) throw new Error(`no function is made of ${name}`);
    return found;
  }
}

/** The id of the construct that a resource belongs to, such as `webhook-events`. */
export function nameOf(resource: Resource): string {
  return String(resource.Metadata['aws:cdk:path']).split('/').at(-2) ?? '';
}

const referenceSchema = z.union([
  z.strictObject({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z
    .strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
    .transform((get) => get['Fn::GetAtt'][0]),
]);

/** The logical id that a Ref or GetAtt points to. */
export function targetOf(value: unknown): string {
  return referenceSchema.parse(value);
}
