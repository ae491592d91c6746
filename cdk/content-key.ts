import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

// Everything that the bundles and the template are made of; the lock file stands for node_modules.
const sourceFolders = ['cdk', 'functions', 'shared'];
const sourceFiles = ['cdk.json', 'package-lock.json', 'tsconfig.json'];

/**
 * A hex SHA-256 over all that bundles and template are made of. While it stays the same, what was bundled and
 * synthesized earlier may be used again.
 */
export async function contentKey(root: string): Promise<string> {
  const listed = await Promise.all(sourceFolders.map((folder) => listSources(root, folder)));
  const paths = [...sourceFiles, ...listed.flat()].sort();
  const contents = await Promise.all(paths.map((path) => readFile(join(root, path))));
  const hash = createHash('sha256');
  for (const [index, content] of contents.entries()) {
    hash.update(`${paths[index]}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function listSources(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(relative(root, entry.parentPath), entry.name));
}
