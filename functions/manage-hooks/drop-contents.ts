import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ScriptBodies, ScriptRows } from '../../shared/aws/script-table.ts';
import type { Hook, Script } from '../../shared/hook.ts';
import { contentsInUse, keptVersions, scriptVersionsKept, versionsOf } from '../../shared/script-history.ts';

interface Dependencies {
  readonly hooks: Pick<ConfigRows<Hook>, 'listAll'>;
  readonly scripts: Pick<ScriptRows, 'listAll' | 'update'>;
  readonly bodies: Pick<ScriptBodies, 'look' | 'remove'>;
  readonly now: () => number;
}

/** Makes what drops contents that nothing refers to any more: equal content is stored once for all scripts. */
export function createDropContents({ hooks, scripts, bodies, now }: Dependencies) {
  /** Drops those that nothing refers to. What is held stays: somebody is about to refer to it. */
  const drop = async (tenant: string, contents: readonly string[]) => {
    // Before the references are read: a hold from now on, and what it is for, is noticed by the removal.
    const looks = contents.map(async (sha256) => [sha256, await bodies.look(tenant, sha256, now())] as const);
    const seen = await Promise.all(looks);
    const [allHooks, allScripts] = await Promise.all([hooks.listAll(tenant), scripts.listAll(tenant)]);
    const inUse = contentsInUse(allHooks, allScripts);
    const gone = new Set<string>();
    for (const [sha256, state] of seen) {
      if (inUse.has(sha256) || state.kind === 'held') continue;
      if (state.kind === 'gone' || (await bodies.remove(tenant, sha256, state))) gone.add(sha256);
    }
    return { allHooks, inUse, gone };
  };

  return {
    /**
     * Drops the versions that are not kept. Each stays in the row until its content is gone, so that the next upload
     * drops what this one could not: because it was stopped, or because a hook is about to be pinned to it.
     */
    async dropOldVersions(script: Script): Promise<void> {
      const { tenant, name, updated_at } = script;
      const all = versionsOf(script);
      const old = all.slice(scriptVersionsKept).map(({ sha256 }) => sha256);
      if (old.length === 0) return;
      const { allHooks, inUse, gone } = await drop(tenant, old);
      const users = allHooks.filter((hook) => hook.script === name);
      const kept = new Set(keptVersions(script, new Set(users.map(({ script_sha256 }) => script_sha256))));
      const versions = all.filter(
        (version) => kept.has(version) || !(gone.has(version.sha256) || inUse.has(version.sha256)),
      );
      if (versions.length === all.length) return;
      // Another upload that came meanwhile drops them, too.
      await scripts.update(tenant, name, { versions }, { updated_at });
    },

    /** Drops what a script held that was deleted. */
    async dropAll(script: Script): Promise<void> {
      const contents = versionsOf(script).map(({ sha256 }) => sha256);
      await drop(script.tenant, contents);
    },
  };
}
