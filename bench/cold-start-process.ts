import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepWithParent } from './child-processes.ts';

// performance.now() counts from the start of the process.
const script = `
const { handler } = await import(process.argv[1]);
if (typeof handler !== 'function') throw new Error('it exports no function "handler"');
process.stdout.write(String(performance.now()), () => process.exit(0));
`;

/**
 * Imports a bundle in a fresh process of this very Node, and answers after how many milliseconds its handler could
 * be called. Throws with what the process wrote when it has none.
 */
export async function startOnce(bundle: URL, environment: Readonly<Record<string, string>>): Promise<number> {
  const child = keepWithParent(
    spawn(process.execPath, ['--input-type=module', '--eval', script, bundle.href], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment },
    }),
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await once(child, 'close');
  const ms = Number(stdout);
  if (child.exitCode !== 0 || stdout === '' || !Number.isFinite(ms)) {
    throw new Error(`${bundle.pathname} did not start: ${stderr.trim() || stdout}`);
  }
  return ms;
}
