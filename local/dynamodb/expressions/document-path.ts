import { type AttributeValue, attributeOf, type Item } from '../values/attribute-value.ts';
import type { DocumentPath } from './expression-tree.ts';

function childOf(value: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value ? attributeOf(value.M, step) : undefined;
}

/** What lies at the path; undefined when nothing does. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  const [name, ...steps] = path;
  let value = typeof name === 'string' ? attributeOf(item, name) : undefined;
  for (const step of steps) {
    if (value === undefined) return undefined;
    value = childOf(value, step);
  }
  return value;
}

/** As DynamoDB writes a path in its messages. */
export const describePath = (path: DocumentPath): string =>
  `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;

type Clash = 'overlap' | 'conflict';

function clashOf(one: DocumentPath, other: DocumentPath): Clash | undefined {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    if (typeof one[at] !== typeof other[at]) return 'conflict';
    if (one[at] !== other[at]) return undefined;
  }
  return 'overlap';
}

/** The complaint about the first two paths that cannot stand together; undefined when all can. */
export function findClash(paths: readonly DocumentPath[]): string | undefined {
  for (const [at, one] of paths.entries()) {
    for (const other of paths.slice(at + 1)) {
      const clash = clashOf(one, other);
      if (clash !== undefined) {
        return `Two document paths ${clash} with each other; must remove or rewrite one of these paths; path one: ${describePath(one)}, path two: ${describePath(other)}`;
      }
    }
  }
  return undefined;
}
