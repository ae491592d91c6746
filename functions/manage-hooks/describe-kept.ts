import type { ShownVersion } from '../../shared/script-history.ts';

/** Versions named to somebody who named one that is not kept. */
const versionsNamedMax = 20;

/** Says which versions of a script are kept. */
export function describeKept(versions: readonly ShownVersion[]): string {
  const named = versions
    .slice(0, versionsNamedMax)
    .map(({ sha256, is_current }) => (is_current ? `${sha256} (current)` : sha256));
  const others = versions.length - named.length;
  return `kept: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}
