import { createRequire } from 'node:module';

interface Iterator {
  close(): Promise<void>;
  return?: () => Promise<void>;
}

/**
 * dynalite 4.0.0 ends a read with `iterator.return()`, which the iterators of abstract-level do not have: they have
 * `close()`. Without it every Query and Scan pins what LevelDB held at the time, so that files and memory grow for
 * ever (measured: 128 to 634 MB of files in half a minute of load). This gives dynalite's own copy the method it
 * calls.
 */
export function closeIterators(): void {
  const requireBeside = (from: string): NodeJS.Require =>
    createRequire(createRequire(from).resolve('dynalite'));
  const fromDynalite = requireBeside(import.meta.url);
  const levels = ['level', 'memory-level'].map((name) => createRequire(fromDynalite.resolve(name)));
  for (const requireFromLevel of levels) {
    const classes: Record<string, { readonly prototype: Iterator }> = requireFromLevel('abstract-level');
    for (const name of ['AbstractKeyIterator', 'AbstractValueIterator']) {
      const prototype = classes[name]?.prototype;
      if (prototype === undefined) throw new Error(`abstract-level has no ${name}: is dynalite still 4.0.0?`);
      prototype.return ??= function (this: Iterator) {
        return this.close();
      };
    }
  }
}
