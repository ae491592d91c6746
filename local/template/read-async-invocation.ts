import { z } from 'zod';
import { type ReadResource, resolveProperties } from './read-resource.ts';

export interface AsyncInvocationModel {
  readonly logicalId: string;
  readonly functionName: string;
  readonly retriesMax: number;
  readonly onFailureArn: string | undefined;
}

const destination = z.strictObject({ Destination: z.string() });

const properties = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST').optional(),
  MaximumRetryAttempts: z.number().int().min(0).max(2).default(2),
  DestinationConfig: z.strictObject({ OnFailure: destination.optional() }).optional(),
  MaximumEventAgeInSeconds: z.unknown().optional(),
});

export const readAsyncInvocation: ReadResource<AsyncInvocationModel> = (logicalId, resource, context) => {
  const given = resolveProperties(properties, logicalId, resource, context);
  return {
    logicalId,
    functionName: given.FunctionName,
    retriesMax: given.MaximumRetryAttempts,
    onFailureArn: given.DestinationConfig?.OnFailure?.Destination,
  };
};
