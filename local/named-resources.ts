import type { StackModel } from './template/read-stack.ts';

/** What the template's resources are called here, each by its logical id and by its physical name. */
export interface NamedResources {
  readonly queueUrls: Readonly<Record<string, string>>;
  readonly tableNames: Readonly<Record<string, string>>;
  readonly functionNames: Readonly<Record<string, string>>;
  readonly busNames: Readonly<Record<string, string>>;
  readonly clusterArns: Readonly<Record<string, string>>;
  readonly taskDefinitionArns: Readonly<Record<string, string>>;
  readonly keyIds: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

function byBoth(
  entries: readonly (readonly [logicalId: string, name: string, value: string])[],
): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap(([logicalId, name, value]) => [
      [logicalId, value],
      [name, value],
    ]),
  );
}

/** Functions answer to the folder of their bundle too. */
export function nameResources(model: StackModel): NamedResources {
  return {
    queueUrls: byBoth(model.queues.map(({ logicalId, name, url }) => [logicalId, name, url])),
    tableNames: byBoth(model.tables.map(({ logicalId, name }) => [logicalId, name, name])),
    functionNames: byBoth(model.functions.map(({ logicalId, label, name }) => [logicalId, label, name])),
    busNames: byBoth(model.buses.map(({ logicalId, name }) => [logicalId, name, name])),
    clusterArns: byBoth(model.clusters.map(({ logicalId, name, arn }) => [logicalId, name, arn])),
    taskDefinitionArns: byBoth(
      model.taskDefinitions.map(({ logicalId, family, arn }) => [logicalId, family, arn]),
    ),
    keyIds: byBoth(model.keys.map(({ logicalId, keyId }) => [logicalId, keyId, keyId])),
    outputs: model.outputs,
  };
}
