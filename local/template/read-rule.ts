import { z } from 'zod';
import { compileEventPattern, EventPatternError } from '../../shared/event-pattern.ts';
import { nameResource } from './name-resource.ts';
import { type ReadResource, resolveProperties } from './read-resource.ts';
import { TemplateError } from './template.ts';

/** How a target's input is made of the event. */
export type TargetInput =
  | { readonly kind: 'event' }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'constant'; readonly text: string }
  | {
      readonly kind: 'template';
      readonly paths: Readonly<Record<string, string>>;
      readonly template: string;
    };

export interface TargetModel {
  readonly id: string;
  readonly arn: string;
  readonly input: TargetInput;
  /** The queue that takes what the target refuses. */
  readonly deadLetterArn: string | undefined;
}

export interface RuleModel {
  readonly logicalId: string;
  readonly name: string;
  readonly busName: string;
  readonly matches: (event: unknown) => boolean;
  readonly targets: readonly TargetModel[];
}

const target = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .strictObject({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
    .optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  RetryPolicy: z.unknown().optional(),
  RoleArn: z.unknown().optional(),
});

const properties = z.strictObject({
  Name: z.string().optional(),
  Description: z.unknown().optional(),
  EventBusName: z.string().optional(),
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(target).default([]),
  Tags: z.unknown().optional(),
});

function readInput(given: z.infer<typeof target>): TargetInput {
  if (given.Input !== undefined) return { kind: 'constant', text: given.Input };
  if (given.InputPath !== undefined) return { kind: 'path', path: given.InputPath };
  if (given.InputTransformer === undefined) return { kind: 'event' };
  return {
    kind: 'template',
    paths: given.InputTransformer.InputPathsMap,
    template: given.InputTransformer.InputTemplate,
  };
}

function compile(logicalId: string, type: string, pattern: unknown): (event: unknown) => boolean {
  try {
    return compileEventPattern(pattern);
  } catch (error) {
    if (error instanceof EventPatternError) throw new TemplateError(logicalId, type, error.message);
    throw error;
  }
}

export const readRule: ReadResource<RuleModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  const matches = compile(logicalId, resource.Type, given.EventPattern);
  return {
    logicalId,
    name: nameResource(logicalId, resource),
    // A rule may name its bus by ARN.
    busName: given.EventBusName?.split('/').at(-1) ?? 'default',
    matches: given.State === 'ENABLED' ? matches : () => false,
    targets: given.Targets.map((each) => ({
      id: each.Id,
      arn: each.Arn,
      input: readInput(each),
      deadLetterArn: each.DeadLetterConfig?.Arn,
    })),
  };
};
