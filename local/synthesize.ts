import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Bundles } from '../cdk/bundle-functions.ts';
import { contentKey } from '../cdk/content-key.ts';
import type { EventsStack } from '../cdk/stack.ts';
import type { Log } from './log.ts';
import { describeError, errorCode, StartError } from './start-error.ts';

export interface Assembly {
  readonly directory: string;
  readonly stackName: string;
  /** Removes what only this stack uses. */
  dispose(): Promise<void>;
}

const keepUnusedMs = 14 * 24 * 3_600_000;
const templateSuffix = '.template.json';

async function findStackName(directory: string): Promise<string> {
  const template = (await readdir(directory)).find((file) => file.endsWith(templateSuffix));
  if (template === undefined)
    throw new StartError(`${directory} holds no template: remove the folder and start again.`);
  return basename(template, templateSuffix);
}

/** Cached results are used for ever as long as they are used; what was not for two weeks goes. */
async function removeUnused(cacheDir: string): Promise<void> {
  for (const entry of await readdir(cacheDir)) {
    const path = join(cacheDir, entry);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > keepUnusedMs) await rm(path, { recursive: true, force: true });
  }
}

/**
 * The folder `<cacheDir>/<name>`, made by `make` when it is not there. Made elsewhere and then renamed: two stacks
 * that start at once both see a whole folder, and a crash leaves no half of one.
 */
async function cached(
  cacheDir: string,
  name: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDir, name);
  if (existsSync(directory)) {
    const now = new Date();
    await utimes(directory, now, now);
    return directory;
  }
  const draft = join(cacheDir, `draft-${randomBytes(6).toString('hex')}`);
  await make(draft);
  try {
    await rename(draft, directory);
  } catch (error) {
    const isThereNow = ['EEXIST', 'ENOTEMPTY'].includes(errorCode(error) ?? '');
    await rm(draft, { recursive: true, force: true });
    if (!isThereNow) throw error;
  }
  await removeUnused(cacheDir);
  return directory;
}

async function listBundles(directory: string): Promise<Bundles> {
  const names = await readdir(directory);
  return Object.fromEntries(names.map((name) => [name, join(directory, name)]));
}

async function synthesizeInto(
  outdir: string,
  bundles: Bundles,
  extend: ((stack: EventsStack) => void) | undefined,
): Promise<void> {
  // Loading aws-cdk-lib takes longer than all the rest of a start: only when needed.
  const { buildApp } = await import('../cdk/build-app.ts');
  const { app } = buildApp({ outdir, bundles, validate: false, ...(extend === undefined ? {} : { extend }) });
  app.synth();
}

/** `<root>/node_modules/.cache/sublarr-events`, or a folder of this start alone where that is not writable. */
async function openCache(
  root: string,
  log: Log,
): Promise<{ readonly directory: string; readonly isShared: boolean }> {
  const directory = join(root, 'node_modules', '.cache', 'sublarr-events');
  try {
    await mkdir(directory, { recursive: true });
    const probe = await mkdtemp(join(directory, 'draft-'));
    await rm(probe, { recursive: true });
    return { directory, isShared: true };
  } catch (error) {
    log({
      level: 'warn',
      source: 'stack',
      message: `nothing is cached: ${directory} is not writable (${describeError(error)})`,
    });
    return { directory: await mkdtemp(join(tmpdir(), 'sublarr-events-synth-')), isShared: false };
  }
}

/**
 * Bundles the functions and synthesizes the CDK app in this process. Both are kept by the content of their sources
 * and the Node version, so that a second start skips them; an app with `extend` is synthesized every time.
 * Throws StartError with the reason in one line.
 */
export async function synthesize(options: {
  readonly root: string;
  readonly extend?: ((stack: EventsStack) => void) | undefined;
  readonly log: Log;
}): Promise<Assembly> {
  const { root, extend, log } = options;
  const cache = await openCache(root, log);
  const ownFolders = cache.isShared ? [] : [cache.directory];
  try {
    const key = `${(await contentKey(root)).slice(0, 32)}-node${process.versions.node}`;
    const assemblyName = `${key}-assembly`;
    // esbuild works in a process of its own; aws-cdk-lib takes its second of loading meanwhile.
    const willSynthesize = extend !== undefined || !existsSync(join(cache.directory, assemblyName));
    if (willSynthesize) import('../cdk/build-app.ts').catch(() => undefined);
    const bundlesDir = await cached(cache.directory, `${key}-bundles`, async (directory) => {
      const { bundleFunctions } = await import('../cdk/bundle-functions.ts');
      await bundleFunctions({ root, outdir: directory });
    });
    const bundles = await listBundles(bundlesDir);
    let directory: string;
    if (extend === undefined) {
      directory = await cached(cache.directory, assemblyName, (draft) =>
        synthesizeInto(draft, bundles, undefined),
      );
    } else {
      directory = await mkdtemp(join(tmpdir(), 'sublarr-events-assembly-'));
      ownFolders.push(directory);
      await synthesizeInto(directory, bundles, extend);
    }
    return {
      directory,
      stackName: await findStackName(directory),
      dispose: async () => {
        for (const folder of ownFolders) await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    for (const folder of ownFolders) await rm(folder, { recursive: true, force: true });
    if (error instanceof StartError) throw error;
    throw new StartError(`The CDK app cannot be synthesized: ${describeError(error)}`, { cause: error });
  }
}
