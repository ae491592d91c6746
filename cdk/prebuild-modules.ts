import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/**
 * Runs every `*.prebuilt.ts` now and bundles the values that it exports, which must be JSON, in its place: what is the
 * same in each start of a function is made once, and what makes it stays out of the bundle.
 */
export const prebuildModules: Plugin = {
  name: 'prebuild-modules',
  setup(build) {
    build.onLoad({ filter: /\.prebuilt\.ts$/ }, async ({ path }) => {
      const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
      const lines = Object.entries(exported).map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
      );
      return { contents: lines.join('\n') };
    });
  },
};
