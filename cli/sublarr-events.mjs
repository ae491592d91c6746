#!/usr/bin/env node
// Plain JavaScript with nothing of ours imported: this must run on the very Node that is too old for all the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
// Node strips no types under node_modules: an installed package brings its command line built.
const isInstalled = here.includes(`${sep}node_modules${sep}`);
const neededMajor = isInstalled ? 22 : 24;
const [major] = process.versions.node.split('.').map(Number);

/** The Node that npm brought along, undefined where it did not. */
function findBundledNode() {
  try {
    const manifest = createRequire(here).resolve(`node-linux-${process.arch}/package.json`);
    const node = join(dirname(manifest), 'bin', 'node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

function runUnder(node) {
  const child = spawn(node, [here, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, SUBLARR_EVENTS_NODE: node },
  });
  // A terminal tells both of Ctrl-C, another's signal comes to this process alone: which it was cannot be known, and
  // the other takes one that comes twice for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`sublarr-events: ${node} cannot be run: ${error.message}\n`);
    process.exit(1);
  });
  child.on('close', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

if (major >= neededMajor) {
  const { main } = await import(isInstalled ? '../dist/cli.js' : './main.ts');
  await main();
} else {
  // Told once already: whatever that Node is, it is not asked again.
  const node = process.env.SUBLARR_EVENTS_NODE === undefined ? findBundledNode() : undefined;
  if (node === undefined) {
    process.stderr.write(
      `sublarr-events: this is Node ${process.versions.node}, and Node ${neededMajor} is needed. "npm ci" brings it along on Linux; elsewhere install it from https://nodejs.org.\n`,
    );
    process.exit(1);
  }
  runUnder(node);
}
