import type { Condition, ExpressionKind, Parsed, PathNode, UpdateAction } from './expression-tree.ts';
import { parseCondition } from './parse-condition.ts';
import { parseProjection } from './parse-projection.ts';
import { parseUpdate } from './parse-update.ts';
import { TokenReader } from './token-reader.ts';

// Programs have a few dozen expressions; one that builds them anew for each call must not fill the memory.
const keptMax = 1_000;

/** Parses each text once. */
function remembering<Tree>(
  parse: (reader: TokenReader) => Tree,
): (kind: ExpressionKind, text: string) => Parsed<Tree> {
  const kept = new Map<string, Parsed<Tree>>();
  return (kind, text) => {
    const key = `${kind} ${text}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const reader = new TokenReader(kind, text);
    const parsed = { kind, tree: parse(reader), aliases: reader.aliases, values: reader.values };
    if (kept.size >= keptMax) kept.clear();
    kept.set(key, parsed);
    return parsed;
  };
}

/** Each throws ValidationException, naming the parameter and the place. */
export const parseConditionText: (kind: ExpressionKind, text: string) => Parsed<Condition> =
  remembering(parseCondition);
export const parseUpdateText: (kind: ExpressionKind, text: string) => Parsed<readonly UpdateAction[]> =
  remembering(parseUpdate);
export const parseProjectionText: (kind: ExpressionKind, text: string) => Parsed<readonly PathNode[]> =
  remembering(parseProjection);
