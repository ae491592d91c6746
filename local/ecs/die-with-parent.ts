import { Socket } from 'node:net';

// The stack holds the other end of this pipe and never writes: it ends when the stack does, however it does.
const parentPipe = 3;
const graceMs = 5_000;

const parent = new Socket({ fd: parentPipe, readable: true, writable: false });

parent.once('close', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => {
    process.kill(process.pid, 'SIGKILL');
  }, graceMs).unref();
});
// A reset pipe says the same as a closed one.
parent.on('error', () => undefined);
parent.resume();
parent.unref();
