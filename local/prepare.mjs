// Run by "npm ci": bundles and synthesizes ahead, so that the first start takes a second and not five. Whatever fails
// here is told by the start that needs it, and must not stop an installation.
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
if (major >= 24) {
  try {
    const { synthesize } = await import('./synthesize.ts');
    await synthesize({ root: fileURLToPath(new URL('..', import.meta.url)), log: () => undefined });
  } catch {
    process.exitCode = 0;
  }
}
