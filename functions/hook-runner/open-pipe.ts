import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, closeSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A pipe from a process that is about to be started. */
export interface Pipe {
  /** What the process is given; to be closed here once it runs. */
  readonly writeFd: number;
  /** Closes when the last writer is gone. */
  readonly stream: Socket;
}

/**
 * Opens a pipe whose file belongs to that user.
 * @param onData gets all that is written, so that its writer never waits; the piece is valid during the call only
 */
export type OpenPipe = (
  owner: { uid: number; gid: number } | undefined,
  onData: (piece: Uint8Array) => void,
) => Promise<Pipe>;

const pipesAtATime = 64;
/** One buffer for all that a pipe brings, and for the next pipe after it: gigabytes of output take no more memory. */
const bufferBytes = 64 * 1024;

/**
 * Makes pipes that a script can open by name as well. Node's own are sockets, on which `echo > /dev/stderr` fails;
 * and Node can't make a FIFO, so `mkfifo` makes some in advance.
 */
export function createOpenPipe(folder: string): OpenPipe {
  const stock: string[] = [];
  const buffers: Buffer[] = [];
  let making: Promise<void> | undefined;

  const make = async (): Promise<void> => {
    mkdirSync(folder, { recursive: true });
    // Scripts open what belongs to them there, and list nothing.
    chmodSync(folder, 0o711);
    const paths = Array.from({ length: pipesAtATime }, () => join(folder, randomUUID()));
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
    stock.push(...paths);
  };
  const takePath = async (): Promise<string> => {
    for (;;) {
      const path = stock.pop();
      if (path !== undefined) return path;
      making ??= make().finally(() => {
        making = undefined;
      });
      await making;
    }
  };

  return async (owner, onData) => {
    const path = await takePath();
    // Without a writer yet, a reader that may wait would wait for one.
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    const stream = new Socket({
      fd: readFd,
      readable: true,
      writable: false,
      onread: {
        buffer,
        callback: (bytes) => {
          onData(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    // A pipe that breaks is its end: what came before it counts.
    stream.on('error', () => stream.destroy());
    stream.once('close', () => buffers.push(buffer));
    const writeFd = openSync(path, constants.O_WRONLY);
    try {
      if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
      unlinkSync(path);
    } catch (error) {
      stream.destroy();
      closeSync(writeFd);
      throw error;
    }
    return { writeFd, stream };
  };
}
