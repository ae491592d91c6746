import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** What a bundle holds instead of a file of a package. */
export interface ModuleReplacement {
  /** The file below `node_modules`, with `/` between its parts. */
  readonly file: string;
  /** JavaScript; what it imports is looked up from the replaced file's folder. */
  readonly contents: string;
}

/**
 * Replaces a module that is never reached: to use anything of it after all throws an error that names it.
 * @param names what others import of an ES module by name; esbuild finds a name that is missing here
 */
export function leaveOut(file: string, reason: string, names: readonly string[] = []): ModuleReplacement {
  const message = `${file} is left out of this bundle: ${reason} See cdk/trimmed-modules.ts.`;
  const fail = `const fail = () => { throw new Error(${JSON.stringify(message)}); };`;
  const exported =
    names.length === 0
      ? 'module.exports = new Proxy(fail, { get: fail });'
      : `export { ${names.map((name) => `fail as ${name}`).join(', ')} };`;
  return { file, contents: `${fail}\n${exported}` };
}

/**
 * Bundles other contents for the named files. Throws when one is no longer where it was, so that an update of its
 * package can't bring back what was replaced without being noticed.
 */
export function replaceModules(root: string, replacements: readonly ModuleReplacement[]): Plugin {
  return {
    name: 'replace-modules',
    setup(build) {
      const packages = join(root, 'node_modules');
      for (const { file, contents } of replacements) {
        if (existsSync(join(packages, packageOf(file))) && !existsSync(join(packages, file))) {
          throw new Error(
            `${join(packages, file)} is to be replaced in bundles but is not there: its package was updated. ` +
              `Find out what took its place and change cdk/trimmed-modules.ts.`,
          );
        }
        const pattern = file.replaceAll('.', '\\.').replaceAll('/', '[\\\\/]');
        build.onLoad({ filter: new RegExp(`[\\\\/]node_modules[\\\\/]${pattern}$`) }, ({ path }) => ({
          contents,
          resolveDir: dirname(path),
        }));
      }
    },
  };
}

const packageOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('@') ? 2 : 1)
    .join('/');
