import { type AttributeValue, attributeOf, type Item } from '../values/attribute-value.ts';
import type { DocumentPath } from './expression-tree.ts';

/** What is wanted below a place; an empty one is wanted whole. */
type Wanted = Map<string | number, Wanted>;

function collect(paths: readonly DocumentPath[]): Wanted {
  const root: Wanted = new Map();
  for (const path of paths) {
    let at = root;
    for (const step of path) {
      const below = at.get(step) ?? new Map();
      at.set(step, below);
      at = below;
    }
  }
  return root;
}

function pick(value: AttributeValue, wanted: Wanted): AttributeValue | undefined {
  if (wanted.size === 0) return value;
  if ('M' in value) {
    const M = pickAttributes(value.M, wanted);
    return Object.keys(M).length === 0 ? undefined : { M };
  }
  if (!('L' in value)) return undefined;
  const L = value.L.flatMap((member, place) => {
    const below = wanted.get(place);
    const picked = below === undefined ? undefined : pick(member, below);
    return picked === undefined ? [] : [picked];
  });
  return L.length === 0 ? undefined : { L };
}

const pickAttributes = (item: Item, wanted: Wanted): Item =>
  Object.fromEntries(
    [...wanted].flatMap(([step, below]) => {
      const value = typeof step === 'string' ? attributeOf(item, step) : undefined;
      const picked = value === undefined ? undefined : pick(value, below);
      return picked === undefined ? [] : [[String(step), picked]];
    }),
  );

/** Makes the function that leaves of an item what lies at the paths, at its place. Members of lists close ranks. */
export function createProjector(paths: readonly DocumentPath[]): (item: Item) => Item {
  const wanted = collect(paths);
  return (item) => pickAttributes(item, wanted);
}
