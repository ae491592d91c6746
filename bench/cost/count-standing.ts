import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Log } from '../../local/log.ts';
import { synthesize } from '../../local/synthesize.ts';

/** What stands in the account whether events come or not. */
export const standingSchema = z.object({
  alarms: z.int(),
  kms_keys: z.int(),
  /** Queues that Lambda polls. */
  polled_queues: z.int(),
  /** Tables with point-in-time recovery. */
  recovered_tables: z.int(),
});
export type Standing = z.infer<typeof standingSchema>;

const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});

/** Counts what a template leaves standing. */
export function countStanding(template: unknown): Standing {
  const resources = Object.values(templateSchema.parse(template).Resources);
  const count = (type: string): number => resources.filter(({ Type }) => Type === type).length;
  return {
    alarms: count('AWS::CloudWatch::Alarm'),
    kms_keys: count('AWS::KMS::Key'),
    polled_queues: count('AWS::Lambda::EventSourceMapping'),
    recovered_tables: resources.filter(({ Properties }) =>
      JSON.stringify(Properties ?? null).includes('"PointInTimeRecoveryEnabled":true'),
    ).length,
  };
}

/** Counts what this project's own template leaves standing. */
export async function countOwnStanding(log: Log): Promise<Standing> {
  const root = join(import.meta.dirname, '..', '..');
  const assembly = await synthesize({ root, extend: undefined, log });
  try {
    const path = join(assembly.directory, `${assembly.stackName}.template.json`);
    return countStanding(JSON.parse(readFileSync(path, 'utf8')));
  } finally {
    await assembly.dispose();
  }
}
