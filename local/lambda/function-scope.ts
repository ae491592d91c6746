import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';

/** What belongs to one function although it shares this process: where its console goes, and its environment. */
export interface FunctionScope {
  readonly write: (level: 'info' | 'warn' | 'error', line: string) => void;
  /** Laid over the host's variables; undefined hides one. */
  readonly environment: Record<string, string | undefined>;
}

const scopes = new AsyncLocalStorage<FunctionScope>();
const levels = { log: 'info', info: 'info', debug: 'info', warn: 'warn', error: 'error' } as const;

function scopeConsole(): void {
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    const original = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      const scope = scopes.getStore();
      if (scope === undefined) original(...values);
      else scope.write(levels[method], format(...values));
    };
  }
}

function scopeEnvironment(): void {
  const overlay = (key: string | symbol): Record<string, string | undefined> | undefined => {
    const environment = scopes.getStore()?.environment;
    return environment !== undefined && typeof key === 'string' && Object.hasOwn(environment, key)
      ? environment
      : undefined;
  };
  const read = (host: NodeJS.ProcessEnv, key: string | symbol): string | undefined => {
    const environment = overlay(key);
    const value: unknown = Reflect.get(environment ?? host, key);
    return typeof value === 'string' ? value : undefined;
  };
  process.env = new Proxy(process.env, {
    get: (host, key) => (overlay(key) === undefined ? Reflect.get(host, key) : read(host, key)),
    has: (host, key) => read(host, key) !== undefined,
    ownKeys: (host) => {
      const names = new Set([...Object.keys(host), ...Object.keys(scopes.getStore()?.environment ?? {})]);
      return [...names].filter((name) => read(host, name) !== undefined);
    },
    getOwnPropertyDescriptor: (host, key) => {
      const value = read(host, key);
      return value === undefined
        ? undefined
        : { value, writable: true, enumerable: true, configurable: true };
    },
    set: (host, key, value) => {
      const environment = scopes.getStore()?.environment;
      return Reflect.set(environment ?? host, key, environment === undefined ? value : String(value));
    },
    deleteProperty: (host, key) => {
      const environment = scopes.getStore()?.environment;
      if (environment === undefined || typeof key !== 'string') return Reflect.deleteProperty(host, key);
      environment[key] = undefined;
      return true;
    },
  });
}

let isInstalled = false;

/**
 * Runs `work`, and whatever it starts, in the scope of a function: its console goes to `write`, process.env shows
 * its variables. Outside of any scope both are as they were.
 */
export function runInScope<Result>(scope: FunctionScope, work: () => Result): Result {
  if (!isInstalled) {
    isInstalled = true;
    scopeConsole();
    scopeEnvironment();
  }
  return scopes.run(scope, work);
}
