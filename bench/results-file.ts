import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { Aim } from './benchmark.ts';
import type { Machine } from './machine.ts';

/** One benchmark's figures, and where and when they were measured. */
export interface Measurement {
  readonly measured_at: string;
  readonly node: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly aims: readonly Aim[];
  readonly result: unknown;
}

const fileSchema = z.record(z.string(), z.unknown());

function readAll(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  return fileSchema.parse(JSON.parse(text));
}

/** Puts one benchmark's figures into the file; what the file tells of the others stays. */
export function saveMeasurement(path: string, name: string, measurement: Measurement): void {
  const all = { ...readAll(path), [name]: measurement };
  // Ten digits of a measurement are nine too many, and make every repetition a difference in each line.
  const text = JSON.stringify(
    all,
    (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value),
    2,
  );
  writeFileSync(`${path}.new`, `${text}\n`);
  renameSync(`${path}.new`, path);
}

/** What the file tells of one benchmark, or undefined. */
export const readMeasurement = (path: string, name: string): unknown => readAll(path)[name];
