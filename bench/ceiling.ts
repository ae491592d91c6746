import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { keepWithParent } from './child-processes.ts';
import type { ReceiverProcess } from './receiver-process.ts';

/** What a bare loop reaches on this machine with this receiver. */
export interface Ceiling {
  readonly perSecond: number;
  readonly cpuMsPerPost: number;
}

/** A bare loop reaches a quarter of its speed in its first thousands of requests. */
const warmUp = 5_000;
const count = 20_000;

const measuredSchema = z.object({ seconds: z.number().positive(), cpuMs: z.number() });

/** Measures the ceiling. `group` must be one that the receiver has not seen. */
export async function measureCeiling(receiver: ReceiverProcess, group: string): Promise<Ceiling> {
  const child = keepWithParent(
    spawn(
      process.execPath,
      [join(import.meta.dirname, 'ceiling-loop.ts'), receiver.origin, group, String(warmUp), String(count)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`The ceiling's loop ended with code ${String(code)}`);
  const { seconds, cpuMs } = measuredSchema.parse(JSON.parse(output));
  return { perSecond: count / seconds, cpuMsPerPost: cpuMs / count };
}
