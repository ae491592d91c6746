import { publishableEventNames } from '../../shared/catalog.ts';
import { formatLogEntry } from '../log.ts';
import type { Log } from '../log.ts';
import { describeError } from '../start-error.ts';
import { startStack } from '../start-stack.ts';
import type { Arrivals } from './arrivals.ts';
import { renderTable } from './render-table.ts';
import { executionsExpected, runDemo } from './run-demo.ts';

const { stdout, stderr } = process;
const isLive = stdout.isTTY;

/** Redraws in place on a terminal; elsewhere the table is printed once, at the end. */
function createScreen(): { draw: (arrivals: Arrivals) => void; last: () => void } {
  let drawn = 0;
  let latest: Arrivals | undefined;
  const print = (arrivals: Arrivals): void => {
    const lines = renderTable(arrivals.rows(), isLive);
    if (drawn > 0) stdout.write(`\u001B[${drawn}A\u001B[J`);
    stdout.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  return {
    draw: (arrivals) => {
      latest = arrivals;
      if (isLive) print(arrivals);
    },
    last: () => {
      if (!isLive && latest !== undefined) print(latest);
    },
  };
}

const logErrors: Log = (entry) => {
  if (entry.level === 'error') stderr.write(`${formatLogEntry(entry, new Date())}\n`);
};

async function main(): Promise<number> {
  const startedAt = performance.now();
  stdout.write('Starting an ephemeral stack …\n');
  const stack = await startStack({ port: 0, log: logErrors });
  try {
    stdout.write(`Ready at ${stack.apiUrl} after ${Math.round(performance.now() - startedAt)} ms.\n\n`);
    const screen = createScreen();
    const problems = await runDemo(stack, screen.draw);
    screen.last();
    const expected = publishableEventNames.length;
    if (problems.length > 0) {
      stdout.write(
        `\nNot everything went as it should:\n${problems.map((line) => `  ${line}`).join('\n')}\n`,
      );
      return 1;
    }
    stdout.write(
      `\nAll ${expected} webhook deliveries came with good signatures, all ${expected} hook runs ended with exit code 0,\n` +
        `and the ${executionsExpected} hook_executed events that told of them reached the live viewer and triggered nothing.\n`,
    );
    return 0;
  } finally {
    await stack.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  stderr.write(`sublarr-events demo: ${describeError(error)}\n`);
  process.exitCode = 1;
}
