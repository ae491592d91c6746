import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const names = [...new Set(builtinModules.map((name) => name.replace(/^node:/, '')))];
const filter = new RegExp(`^(?:node:)?(?:${names.join('|')})$`);
const namespace = 'builtin';

/**
 * Takes Node's own modules by `process.getBuiltinModule` instead of by import. An import reads every export of the
 * module, and some are getters that load half of Node: `http.WebSocket` alone, which nobody uses here, costs a cold
 * start 20 ms. CommonJS packages get theirs the same way, since an ESM bundle has no `require`.
 */
export const loadBuiltins: Plugin = {
  name: 'load-builtins',
  setup(build) {
    build.onResolve({ filter }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace,
      sideEffects: false,
    }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(`node:${path}`)});`,
    }));
  },
};
