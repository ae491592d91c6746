import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** Function name (its folder's name) to the absolute directory that holds its bundle. */
export type Bundles = Readonly<Record<string, string>>;

interface BundleOptions {
  /** The project's folder: `node_modules` and the paths in source maps start here. */
  readonly root: string;
  /** Receives one folder per function, with `index.mjs`, `index.mjs.map` and a container's `Dockerfile`. */
  readonly outdir: string;
  /** Where the function folders are; `functions/` of the project unless told. */
  readonly functionsDir?: string;
}

interface FunctionFolder {
  readonly name: string;
  readonly isContainer: boolean;
}

// An ESM bundle has no require, and CommonJS packages inside it still call it for Node's own modules.
const requireBanner = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

/**
 * Bundles every `<functionsDir>/<name>/index.ts` in one esbuild call. The output depends on the sources alone,
 * so that the hash of an asset is the same on every machine.
 */
export async function bundleFunctions(options: BundleOptions): Promise<Bundles> {
  const root = resolve(options.root);
  const outdir = resolve(options.outdir);
  const functionsDir = resolve(options.functionsDir ?? join(root, 'functions'));
  const folders = await findFunctions(functionsDir);
  // Nothing is written here by esbuild: a fixed place gives the source maps the same relative paths wherever
  // the bundles end up.
  const virtualOutdir = join(root, 'bundles');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: folders.map(({ name }) => ({
      in: join(functionsDir, name, 'index.ts'),
      out: join(name, 'index'),
    })),
    outdir: virtualOutdir,
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Node's own order, main first, takes the SDK's CommonJS build, which can't be shaken: a third larger.
    mainFields: ['module', 'main'],
    target: 'node24',
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: requireBanner },
    logLevel: 'silent',
  });
  await Promise.all(folders.map(({ name }) => rm(join(outdir, name), { recursive: true, force: true })));
  await Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      const target = join(outdir, relative(virtualOutdir, path));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, contents);
    }),
  );
  await Promise.all(
    folders
      .filter(({ isContainer }) => isContainer)
      .map(({ name }) => copyFile(join(functionsDir, name, 'Dockerfile'), join(outdir, name, 'Dockerfile'))),
  );
  return Object.fromEntries(folders.map(({ name }) => [name, join(outdir, name)]));
}

async function findFunctions(functionsDir: string): Promise<FunctionFolder[]> {
  const entries = await readdir(functionsDir, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const folders = await Promise.all(
    names.map(async (name) => ({ name, files: await readdir(join(functionsDir, name)) })),
  );
  const functions = folders.filter(({ files }) => files.includes('index.ts'));
  if (functions.length === 0) {
    throw new Error(`no function found in ${functionsDir}: a function is a folder with an index.ts`);
  }
  return functions.map(({ name, files }) => ({ name, isContainer: files.includes('Dockerfile') }));
}
