import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import { loadBuiltins } from './load-builtins.ts';
import { prebuildModules } from './prebuild-modules.ts';
import { type ModuleReplacement, replaceModules } from './replace-modules.ts';
import { environmentCredentials, unreachedModules } from './trimmed-modules.ts';

/** Function name (its folder's name) to the absolute directory that holds its bundle. */
export type Bundles = Readonly<Record<string, string>>;

interface BundleOptions {
  /** The project's folder: `node_modules` and the paths in source maps start here. */
  readonly root: string;
  /** Receives one folder per function: `index.mjs`, other programs, their maps, and a container's `Dockerfile`. */
  readonly outdir: string;
  /** Where the function folders are; `functions/` of the project unless told. */
  readonly functionsDir?: string;
}

interface FunctionFolder {
  readonly name: string;
  /** Without `.ts`: `index`, and the programs that it starts as processes of their own. */
  readonly programs: readonly string[];
  readonly isContainer: boolean;
}

/**
 * Bundles every `<functionsDir>/<name>/index.ts`, and every `*.process.ts` beside it, as its host needs it. The
 * output depends on the sources alone, so that the hash of an asset is the same on every machine.
 */
export async function bundleFunctions(options: BundleOptions): Promise<Bundles> {
  const root = resolve(options.root);
  const outdir = resolve(options.outdir);
  const functionsDir = resolve(options.functionsDir ?? join(root, 'functions'));
  const folders = await findFunctions(functionsDir);
  // Nothing is written here by esbuild: a fixed place gives the source maps the same relative paths wherever
  // the bundles end up.
  const virtualOutdir = join(root, 'bundles');
  const bundle = async (
    folders: readonly FunctionFolder[],
    replacements: readonly ModuleReplacement[],
  ): Promise<OutputFile[]> => {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: folders.flatMap(({ name, programs }) =>
        programs.map((program) => ({
          in: join(functionsDir, name, `${program}.ts`),
          out: join(name, program),
        })),
      ),
      outdir: virtualOutdir,
      outExtension: { '.js': '.mjs' },
      write: false,
      bundle: true,
      format: 'esm',
      platform: 'node',
      // Node's own order, main first, takes the SDK's CommonJS build, which can't be shaken: a third larger.
      mainFields: ['module', 'main'],
      target: 'node24',
      // undici's own switch, with which Node builds it: without its second, experimental parser (160 KB).
      define: { esbuildDetection: '1' },
      plugins: [loadBuiltins, prebuildModules, replaceModules(root, replacements)],
      minify: true,
      sourcemap: true,
      sourcesContent: false,
      legalComments: 'none',
      logLevel: 'silent',
    });
    return outputFiles;
  };
  const hostedAs = (container: boolean): FunctionFolder[] =>
    folders.filter(({ isContainer }) => isContainer === container);
  const bundled = await Promise.all([
    bundle(hostedAs(false), [...unreachedModules, environmentCredentials]),
    // A container asks an endpoint for its credentials: it keeps the whole chain.
    bundle(hostedAs(true), unreachedModules),
  ]);
  await Promise.all(folders.map(({ name }) => rm(join(outdir, name), { recursive: true, force: true })));
  await Promise.all(
    bundled.flat().map(async ({ path, contents }) => {
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
  return functions.map(({ name, files }) => ({
    name,
    programs: files
      .filter((file) => file === 'index.ts' || file.endsWith('.process.ts'))
      .map((file) => file.slice(0, -'.ts'.length))
      .sort(),
    isContainer: files.includes('Dockerfile'),
  }));
}
