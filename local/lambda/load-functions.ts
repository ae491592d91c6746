import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Log } from '../log.ts';
import { describeError, StartError } from '../start-error.ts';
import type { FunctionModel } from '../template/read-function.ts';
import { type FunctionScope, runInScope } from './function-scope.ts';
import { createLocalFunction, type Handler, type LocalFunction } from './local-function.ts';
import { withEnvironment } from './with-environment.ts';

/** The seam of shared/aws/clients.ts: SDK clients made while this is set take it as their configuration. */
const clientOverrideKey = Symbol.for('sublarr-events.aws-client-override');

async function findModule(directory: string, name: string): Promise<string> {
  for (const extension of ['.mjs', '.js', '.cjs']) {
    const path = join(directory, `${name}${extension}`);
    try {
      await access(path);
      return path;
    } catch {
      // The next extension may exist.
    }
  }
  throw new Error(`${directory} holds no ${name}.mjs`);
}

async function importHandler(model: FunctionModel): Promise<Handler> {
  const dot = model.handler.lastIndexOf('.');
  const path = await findModule(model.directory, model.handler.slice(0, dot));
  const url = pathToFileURL(path);
  // A module of its own for each stack and function: it keeps what it read from the environment.
  url.searchParams.set('instance', randomUUID());
  const module: unknown = await import(/* @vite-ignore */ url.href);
  const exported = Object(module)[model.handler.slice(dot + 1)] as unknown;
  if (typeof exported !== 'function')
    throw new Error(`${path} exports no function ${model.handler.slice(dot + 1)}`);
  return (event, context) => exported(event, context) as unknown;
}

/**
 * Imports the bundles of all functions into this process, one after another, each while process.env shows its own
 * variables. In one process, since calls to the engines then cost no socket; a worker thread per function would cost
 * its own start and gain no throughput on two cores.
 * Throws StartError naming the function that cannot be loaded.
 */
export async function loadFunctions(options: {
  readonly models: readonly FunctionModel[];
  /** Variables every function sees beside its own, such as the region; undefined hides one of the host's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clientOverride: Readonly<Record<string, unknown>>;
  readonly log: Log;
}): Promise<LocalFunction[]> {
  const { log } = options;
  const functions: LocalFunction[] = [];
  Reflect.set(globalThis, clientOverrideKey, options.clientOverride);
  try {
    for (const model of options.models) {
      const own = {
        AWS_LAMBDA_FUNCTION_NAME: model.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
      };
      const { NODE_OPTIONS, ...variables } = model.environment;
      // In this process the option is a switch; as a variable it would reach the scripts that tasks run.
      if (NODE_OPTIONS?.includes('--enable-source-maps') === true) process.setSourceMapsEnabled(true);
      const environment = { ...options.environment, ...own, ...variables };
      const scope: FunctionScope = {
        environment,
        write: (level, message) => {
          log({ level, source: model.label, message });
        },
      };
      // A module's own evaluation may run outside the scope: Node starts it from its loader.
      const handler = await withEnvironment(environment, () =>
        runInScope(scope, () => importHandler(model)),
      ).catch((error: unknown) => {
        throw new StartError(`Function ${model.label} cannot be loaded: ${describeError(error)}`, {
          cause: error,
        });
      });
      functions.push(createLocalFunction({ model, handler, scope, log }));
    }
  } finally {
    Reflect.deleteProperty(globalThis, clientOverrideKey);
  }
  return functions;
}
