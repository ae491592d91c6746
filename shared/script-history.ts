import type { Hook, Script, ScriptVersion } from './hook.ts';

/** Versions of a script that are kept, the newest, whether a hook is pinned to them or not. */
export const scriptVersionsKept = 10;
/** Versions of a script in all: those beyond are held by hooks, and they share one row of at most 400 KB. */
export const scriptVersionsMax = 100;

/** The versions that a script's row knows, newest first. */
export const versionsOf = (script: Script): readonly ScriptVersion[] =>
  script.versions.length > 0
    ? script.versions
    : [{ sha256: script.sha256, size: script.size, created_at: script.updated_at }];

/** What an upload makes of a script: its content is the newest version, and none twice. */
export function addVersion(
  script: Script,
  { sha256, size }: Pick<ScriptVersion, 'sha256' | 'size'>,
  nowMs: number,
): Pick<Script, 'sha256' | 'size' | 'updated_at' | 'versions'> {
  // Later than any before: it tells one state of the row from another.
  const updated_at = new Date(Math.max(nowMs, Date.parse(script.updated_at) + 1)).toISOString();
  const others = versionsOf(script).filter((version) => version.sha256 !== sha256);
  return { sha256, size, updated_at, versions: [{ sha256, size, created_at: updated_at }, ...others] };
}

/** The versions that are kept: the newest, and those beyond them that hooks are pinned to. */
export const keptVersions = (script: Script, pinned: ReadonlySet<string>): readonly ScriptVersion[] =>
  versionsOf(script).filter(({ sha256 }, place) => place < scriptVersionsKept || pinned.has(sha256));

/** A version that is kept, and who runs it. */
export interface ShownVersion {
  readonly sha256: string;
  /** In bytes. This and the time are null for what hooks were pinned to before versions were kept. */
  readonly size: number | null;
  readonly created_at: string | null;
  readonly is_current: boolean;
  readonly hooks: readonly Pick<Hook, 'id' | 'name'>[];
}

/**
 * The versions of a script that are kept, newest first, with the hooks that run each.
 * @param hooks all of the tenant
 */
export function showVersions(
  script: Script,
  hooks: readonly Pick<Hook, 'id' | 'name' | 'script' | 'script_sha256'>[],
): ShownVersion[] {
  const users = hooks.filter((hook) => hook.script === script.name);
  const usersOf = Map.groupBy(users, ({ script_sha256 }) => script_sha256);
  const known = new Set(versionsOf(script).map(({ sha256 }) => sha256));
  const unknown = [...usersOf.keys()].filter((sha256) => !known.has(sha256));
  return [
    ...keptVersions(script, new Set(usersOf.keys())),
    ...unknown.map((sha256) => ({ sha256, size: null, created_at: null })),
  ].map((version) => ({
    ...version,
    is_current: version.sha256 === script.sha256,
    hooks: (usersOf.get(version.sha256) ?? []).map(({ id, name }) => ({ id, name })),
  }));
}

/** The contents that must stay: what a hook is pinned to, and what a script keeps by itself. */
export const contentsInUse = (
  hooks: readonly Pick<Hook, 'script_sha256'>[],
  scripts: readonly Script[],
): ReadonlySet<string> =>
  new Set([
    ...hooks.map(({ script_sha256 }) => script_sha256),
    ...scripts.flatMap((script) => keptVersions(script, new Set())).map(({ sha256 }) => sha256),
  ]);
