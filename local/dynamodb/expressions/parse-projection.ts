import type { PathNode } from './expression-tree.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads a list of document paths. */
export function parseProjection(reader: TokenReader): readonly PathNode[] {
  const paths = [reader.readPath()];
  while (reader.takeSymbol(',')) paths.push(reader.readPath());
  reader.expectEnd();
  return paths;
}
