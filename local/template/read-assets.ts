import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { describeError, StartError } from '../start-error.ts';

/** Where the cloud assembly keeps its assets, by hash. */
export interface Assets {
  readonly fileDirectories: ReadonlyMap<string, string>;
  readonly imageDirectories: ReadonlyMap<string, string>;
}

const manifest = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string().optional() }) })).default({}),
  dockerImages: z
    .record(z.string(), z.object({ source: z.object({ directory: z.string().optional() }) }))
    .default({}),
});

/** Reads `<stack>.assets.json`. Throws StartError when it cannot. */
export function readAssets(assemblyDir: string, stackName: string): Assets {
  const path = join(assemblyDir, `${stackName}.assets.json`);
  try {
    const { files, dockerImages } = manifest.parse(JSON.parse(readFileSync(path, 'utf8')));
    return {
      fileDirectories: new Map(
        Object.entries(files).flatMap(([hash, { source }]) =>
          source.path === undefined ? [] : [[hash, resolve(assemblyDir, source.path)]],
        ),
      ),
      imageDirectories: new Map(
        Object.entries(dockerImages).flatMap(([hash, { source }]) =>
          source.directory === undefined ? [] : [[hash, resolve(assemblyDir, source.directory)]],
        ),
      ),
    };
  } catch (error) {
    throw new StartError(`The asset manifest ${path} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
}
