// Run by "npm ci": builds what cannot be run from its sources, because Node strips no types under node_modules: the
// client, its types, and the command line of an installed package. Whatever fails here is told by who misses it, and
// must not stop an installation.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major] = process.versions.node.split('.').map(Number);

if (major >= 24) {
  const { buildClient } = await import('./build-client.ts');
  try {
    await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
    await buildClient({ root, outdir: fileURLToPath(new URL('../dist', import.meta.url)) });
  } catch (error) {
    process.stderr.write(`sublarr-events: the client could not be built: ${error.message}\n`);
  }
}
