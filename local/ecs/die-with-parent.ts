import { Socket } from 'node:net';

// The stack holds the other end of this pipe and never writes: it ends when the stack does, however it does.
const parentPipe = 3;
const graceMs = 5_000;
/** A worker takes a second SIGTERM as: end your scripts too. Nobody is left to hear how they end by themselves. */
const urgentMs = 100;

const parent = new Socket({ fd: parentPipe, readable: true, writable: false });

parent.once('close', () => {
  const terminate = (): void => {
    process.kill(process.pid, 'SIGTERM');
  };
  terminate();
  setTimeout(terminate, urgentMs);
  setTimeout(() => {
    process.kill(process.pid, 'SIGKILL');
  }, graceMs).unref();
});
// A reset pipe says the same as a closed one.
parent.on('error', () => undefined);
parent.resume();
parent.unref();
