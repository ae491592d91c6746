import { createRunScript } from './run-script.ts';
import type { ScriptAnswer, ScriptRequest } from './script-messages.ts';
import { serveScripts } from './serve-scripts.ts';

// A process beside the worker's own, and small: starting a program copies the page tables of who starts it, which
// takes 0.9 ms with 50 MB and 4 ms with the AWS SDK and its heap. Its environment is empty, so that nobody finds
// the worker's credentials in the parent of a script.

const [runs = '', pipes = ''] = process.argv.slice(2);

const answer = (message: ScriptAnswer): void => {
  // A worker that is gone needs no answer.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
const server = serveScripts(createRunScript({ runs, pipes }, Date.now), answer);

// Both ends are one build: what comes through is what was sent.
process.on('message', (message: ScriptRequest) => server.take(message));
// However the worker ended: nobody is left who would write down what becomes of its scripts.
process.once('disconnect', () => {
  void server.close().then(() => process.exit(0));
});
// These reach every process of a terminal or a unit: the worker decides what follows from them.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
answer({ kind: 'ready' });
