import type { Socket } from 'node:net';

const opening = Buffer.from('HTTP/1.1 100');
const headEnd = '\r\n\r\n';
/** As much of a head as the client would read. */
const headBytesMax = 16 * 1024;

/** What comes after all `100 Continue` at the start; undefined while that cannot be told yet. */
function readPast(bytes: Buffer): Buffer | undefined {
  let rest = bytes;
  while (rest.length > 0) {
    const compared = Math.min(rest.length, opening.length);
    if (!rest.subarray(0, compared).equals(opening.subarray(0, compared))) return rest;
    const end = rest.indexOf(headEnd);
    if (end === -1) return rest.length > headBytesMax ? rest : undefined;
    rest = rest.subarray(end + headEnd.length);
  }
  return rest;
}

/**
 * Has a socket's reader never see a `100 Continue`: undici gives up the connection at one that it did not ask for,
 * while every client must be able to pass over it. https://www.rfc-editor.org/rfc/rfc9110#section-15.2
 */
export function skipContinue(socket: Socket): void {
  const read = socket.read.bind(socket);
  let bytesWritten = 0;
  /** Nothing has come yet since the last write, so that a head is what comes next. */
  let isHead = false;
  let held: Buffer | undefined;
  socket.read = (size?: number): Buffer | null => {
    if (socket.bytesWritten !== bytesWritten) {
      bytesWritten = socket.bytesWritten;
      isHead = true;
    }
    for (;;) {
      const chunk: Buffer | null = read(size);
      if (chunk === null || !isHead) return chunk;
      const bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
      const rest = readPast(bytes);
      held = rest === undefined ? bytes : undefined;
      if (rest === undefined || rest.length === 0) continue;
      isHead = false;
      return rest;
    }
  };
}
