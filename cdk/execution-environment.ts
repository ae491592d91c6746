import type { EventBus } from './event-bus.ts';
import type { Tables } from './tables.ts';

interface ExecutionSources {
  readonly bus: EventBus;
  readonly tables: Tables;
  readonly publishHookExecuted: string;
}

/** What a function or container that publishes `hook_executed` must know. */
export const executionEnvironment = ({ bus, tables, publishHookExecuted }: ExecutionSources) => ({
  EVENT_BUS_NAME: bus.name,
  CONNECTIONS_TABLE: tables.connections.name,
  // A token of the parameter, whose allowed values are those of the environment.
  PUBLISH_HOOK_EXECUTED: publishHookExecuted as 'always' | 'when-watched',
});
