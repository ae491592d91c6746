import { once } from 'node:events';

/** A live viewer of `hook_executed`, as a page would be one. */
export interface LiveViewer {
  /** The `hook_executed` frames that came so far. */
  readonly count: () => number;
  /** Resolves once `count` frames have come, or at the signal. */
  readonly waitFor: (count: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** Connects with the key as a WebSocket subprotocol. Throws when the stream refuses. */
export async function watchLive(liveUrl: string, apiKey: string): Promise<LiveViewer> {
  const socket = new WebSocket(`${liveUrl}?events=hook_executed`, ['sublarr-events', `key.${apiKey}`]);
  const frames = new EventTarget();
  let count = 0;
  socket.addEventListener('message', () => {
    count += 1;
    frames.dispatchEvent(new Event('frame'));
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`${liveUrl} refused the viewer`)), {
      once: true,
    });
  });
  return {
    count: () => count,
    waitFor: async (wanted, signal) => {
      const isWaiting = (): boolean => count < wanted && !signal.aborted;
      while (isWaiting()) {
        await once(frames, 'frame', { signal }).catch(() => undefined);
      }
    },
    close: () => socket.close(),
  };
}
