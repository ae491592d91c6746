import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { monotonicMs } from './monotonic-ms.ts';
import { runMany } from './run-many.ts';
import { readTreeCpuMs } from './tree-cpu.ts';

// The ceiling of hook runs, in a small process of its own (hooks.ts starts it): spawns the same script with piped
// output and waits for its end, and nothing else.

const [script = '', concurrency = '1', warmUp = '0', count = '0'] = process.argv.slice(2);

const spawnOnce = async (): Promise<void> => {
  const child = spawn(script, [], { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
  child.stdin.end();
  child.stdout.resume();
  child.stderr.resume();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with code ${String(code)}`);
};

await runMany(Number(warmUp), Number(concurrency), spawnOnce);
const cpuBefore = readTreeCpuMs(process.pid);
const startedAt = monotonicMs();
await runMany(Number(count), Number(concurrency), spawnOnce);
const seconds = (monotonicMs() - startedAt) / 1000;
const cpuAfter = readTreeCpuMs(process.pid);
const cpuMs = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
process.stdout.write(JSON.stringify({ seconds, cpu_ms: cpuMs }));
