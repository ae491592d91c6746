import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

const envModule = z.object({ envSchema: z.object({ shape: z.record(z.string(), z.unknown()) }) });

/** The variables that a function's `env.ts` asks for. */
export async function readVariableNames(functionName: string): Promise<string[]> {
  const path = join(import.meta.dirname, '..', 'functions', functionName, 'env.ts');
  const module: unknown = await import(pathToFileURL(path).href);
  return Object.keys(envModule.parse({ ...Object(module) }).envSchema.shape);
}

/** A value as the template might give, by the kind of thing that the variable's name ends in. */
export function plausibleValue(variable: string): string {
  if (variable.endsWith('_ARN')) return 'arn:aws:ecs:us-east-1:000000000000:cluster/example';
  if (variable.endsWith('_QUEUE_URL')) return 'https://sqs.us-east-1.amazonaws.com/000000000000/example';
  if (/_(?:URL|ENDPOINT)$/.test(variable)) return 'https://example.execute-api.us-east-1.amazonaws.com/live';
  if (variable.endsWith('_RANGES')) return '10.0.0.0/8';
  if (/_(?:SECONDS|CONCURRENCY|MS|BYTES|COUNT|MAX)$/.test(variable)) return '8';
  if (variable === 'PUBLISH_HOOK_EXECUTED') return 'when-watched';
  return 'example';
}

/** Everything that a function finds in its environment on Lambda, as far as its start depends on it. */
export function environmentFor(variables: readonly string[]): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_LAMBDA_FUNCTION_NAME: 'example',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    NODE_OPTIONS: '--enable-source-maps',
    ...Object.fromEntries(variables.map((variable) => [variable, plausibleValue(variable)])),
  };
}
