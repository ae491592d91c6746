import * as z from 'zod';
import type { Resource, SynthesizedStack } from './synthesized-stack.ts';
import { targetOf } from './synthesized-stack.ts';

const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([z.array(item), item.transform((one) => [one])]);

const policySchema = z.object({
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.enum(['Allow', 'Deny']),
        Action: oneOrMore(z.string()),
        Resource: oneOrMore(z.unknown()),
        Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
      }),
    ),
  }),
  Roles: z.array(z.unknown()),
});

export interface Statement {
  readonly roleId: string;
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** What each role of the stack is allowed. */
export function listStatements(stack: SynthesizedStack): readonly Statement[] {
  return stack.all('AWS::IAM::Policy').flatMap(({ Properties }) => {
    const { PolicyDocument, Roles } = policySchema.parse(Properties);
    return Roles.flatMap((role) =>
      PolicyDocument.Statement.map(({ Action, Resource, Condition }) => ({
        roleId: targetOf(role),
        actions: Action,
        resources: Resource,
        condition: Condition,
      })),
    );
  });
}

/** The names of the functions that may do `action`, to anything or to the resource with that logical id. */
export function functionsAllowed(
  stack: SynthesizedStack,
  names: readonly string[],
  action: string,
  resourceId?: string,
): readonly string[] {
  const roles = new Set(
    listStatements(stack)
      .filter(({ actions }) => actions.includes(action))
      .filter(
        ({ resources }) => resourceId === undefined || JSON.stringify(resources).includes(`"${resourceId}"`),
      )
      .map(({ roleId }) => roleId),
  );
  return names.filter((name) => roles.has(roleOf(stack.lambda(name))));
}

/** The logical id of a function's role. */
export function roleOf(fn: Resource): string {
  return targetOf(fn.Properties['Role']);
}
