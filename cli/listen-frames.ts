import type { LiveFrame } from '../client/live-frame.ts';
import { assertNever } from '../shared/assert-never.ts';
import type { Paint } from './terminal.ts';
import { toPrintable } from './terminal.ts';

/** A frame as people read it. */
export function renderFrame(frame: LiveFrame, paint: Paint): string {
  switch (frame.kind) {
    case 'event':
      return `${paint.dim(frame.timestamp)}  ${paint.bold(toPrintable(frame.event))}  ${paint.dim(toPrintable(frame.id))}  ${toPrintable(JSON.stringify(frame.data))}`;
    case 'reference':
      return `${paint.dim(frame.timestamp)}  ${paint.bold(toPrintable(frame.event))}  ${paint.dim(toPrintable(frame.id))}  ${frame.bytes} bytes: "events get ${toPrintable(frame.id)}" shows it`;
    case 'missed':
      return paint.yellow(toPrintable(frame.message));
    case 'caught_up':
      return paint.dim('What was missed has been told.');
    default:
      return assertNever(frame);
  }
}

/** Work that is done beside the stream, so much at a time. */
export interface Lanes {
  /** Begins it, as soon as there is room. */
  readonly begin: (work: () => Promise<void>) => Promise<void>;
  /** Resolves when all that was begun is done. Throws what the first of it threw. */
  readonly finish: () => Promise<void>;
}

export function createLanes(count: number): Lanes {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    begin: async (work) => {
      while (running.size >= count) await Promise.race(running);
      check();
      const done: Promise<void> = work()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(done));
      running.add(done);
    },
    finish: async () => {
      await Promise.all(running);
      check();
    },
  };
}
