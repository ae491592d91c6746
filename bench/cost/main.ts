import { join } from 'node:path';
import * as z from 'zod';
import { assertNever } from '../../shared/assert-never.ts';
import { readMeasurement } from '../results-file.ts';
import { type CostResult, costResultSchema } from './cost-result.ts';
import { readPriceTable } from './price-table.ts';
import { type CostOptions, readCostOptions } from './read-cost-options.ts';
import { renderMonth } from './render-month.ts';

const resultsFile = join(import.meta.dirname, '..', 'results.json');
const usageError = 2;

const measurementSchema = z.object({ result: costResultSchema });

function fail(problem: string, exitCode: number): void {
  process.stderr.write(`cost: ${problem}\n`);
  process.exitCode = exitCode;
}

/** Undefined when nothing was measured yet, or by a version that measured something else. */
function readCounts(): CostResult | undefined {
  const parsed = measurementSchema.safeParse(readMeasurement(resultsFile, 'cost'));
  return parsed.success ? parsed.data.result : undefined;
}

function show({ load, traffic: name }: CostOptions): void {
  const result = readCounts();
  const traffic = result?.traffics.find((each) => each.name === name);
  if (result === undefined || traffic === undefined) {
    fail('bench/results.json has no counts of this version. Measure them: npm run bench -- cost', 1);
    return;
  }
  process.stdout.write(`${renderMonth(readPriceTable(), result, traffic, load).join('\n')}\n`);
}

const command = readCostOptions(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(command.text);
    break;
  case 'invalid':
    fail(`${command.problem} Try --help.`, usageError);
    break;
  case 'show':
    show(command.options);
    break;
  default:
    assertNever(command);
}
